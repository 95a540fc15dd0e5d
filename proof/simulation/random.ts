/** A stream of pseudo-random values, determined by its seed and name. */
export interface Random {
  /** From 0 to just under 1. */
  next(): number;
  chance(probability: number): boolean;
  between(from: number, to: number): number;
  /** From 0 to just under `below`. */
  integer(below: number): number;
  pick<T>(all: readonly T[]): T;
  shuffle<T>(all: readonly T[]): T[];
}

/** Creates a stream. Streams with different names are independent: using one more often does not change the others. */
export function random(seed: string, name: string): Random {
  let state = hash(`${seed}/${name}`);
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (below: number) => Math.floor(next() * below);
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    between: (from, to) => from + next() * (to - from),
    pick<T>(all: readonly T[]): T {
      if (all.length === 0) throw new Error('nothing to pick from');
      return all[integer(all.length)] as T;
    },
    shuffle<T>(all: readonly T[]): T[] {
      const mixed = [...all];
      for (let at = mixed.length - 1; at > 0; at--) {
        const other = integer(at + 1);
        [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
      }
      return mixed;
    },
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}
