import type { Plan } from './plan.ts';
import { random } from './random.ts';
import type { Random } from './random.ts';
import { createScheduler, currentProcess } from './scheduler.ts';
import type { Process, Scheduler } from './scheduler.ts';
import type { Path } from './paths.ts';

/** One run of the simulation: its time, its chances, what happened in it. */
export interface World {
  plan: Plan;
  scheduler: Scheduler;
  /** Chances of the world at large: latencies, troubles. */
  chances: Random;
  /** Another stream, of its own. */
  stream: (name: string) => Random;
  /** Whether things break still. */
  adverse: boolean;
  /** Whether a kind of adversity strikes now. */
  strikes: (knob: keyof Plan) => boolean;
  /** How long a step takes. */
  latency: () => number;
  /** Notes a path that was taken. */
  took: (path: Path) => void;
  paths: Set<Path>;
  /** A line of the story. Not told unless somebody listens. */
  tell: (line: () => string) => void;
  hasListener: boolean;
  /** Notes that an invariant is broken: the run ends. */
  broken: (what: string) => void;
  violation: string | undefined;
  /** Has a process crash. Set by who starts them. */
  crash: (process: Process, when: string) => void;
  /** A step of a process where it may die, so many times likelier than elsewhere: gives whether it did. */
  mayCrash: (process: Process | undefined, when: string, times?: number) => boolean;
}

export function createWorld(
  seed: string,
  plan: Plan,
  listener: ((ms: number, line: string) => void) | undefined,
): World {
  const chances = random(seed, 'world');
  const faults = random(seed, 'faults');
  const scheduler = createScheduler(chances);
  const paths = new Set<Path>();
  const world: World = {
    plan,
    scheduler,
    chances,
    stream: (name) => random(seed, name),
    adverse: true,
    paths,
    violation: undefined,
    hasListener: listener !== undefined,
    strikes: (knob) => world.adverse && plan[knob] > 0 && faults.chance(plan[knob]),
    latency: () =>
      world.strikes('slowness') ? chances.between(5, 3000) ** chances.between(0.5, 1) : chances.between(0.1, 4),
    took: (path) => void paths.add(path),
    tell(line) {
      if (!listener) return;
      const process = currentProcess();
      listener(scheduler.now, `${process ? `${process.name} ` : ''}${line()}`);
    },
    broken(what) {
      if (world.violation !== undefined) return;
      world.violation = what;
      world.tell(() => `BROKEN: ${what}`);
    },
    crash: () => undefined,
    mayCrash(process, when, times = 1) {
      if (!process?.alive || !world.adverse || plan.crashes === 0 || !faults.chance(plan.crashes * times)) return false;
      world.crash(process, when);
      return true;
    },
  };
  return world;
}

let running: World | undefined;

export const setWorld = (world: World): void => {
  running = world;
};

/** The run that is going on. */
export function theWorld(): World {
  if (!running) throw new Error('no run is going on');
  return running;
}
