import type { Plan } from './plan.ts';
import { random } from './random.ts';
import type { Random } from './random.ts';
import { createScheduler, currentProcess } from './scheduler.ts';
import type { Process, Scheduler } from './scheduler.ts';
import type { CoveragePoint } from './coverage.ts';

/** One run of the simulation: its clock, its randomness, and what it reached. */
export interface World {
  plan: Plan;
  scheduler: Scheduler;
  /** Randomness of the environment: latencies, faults. */
  chances: Random;
  /** An independent stream of randomness. */
  stream: (name: string) => Random;
  /** Whether faults still occur. */
  adverse: boolean;
  /** Whether a kind of fault occurs now. */
  strikes: (knob: keyof Plan) => boolean;
  /** How long a step takes. */
  latency: () => number;
  /** Records that a coverage point was reached. */
  reached: (point: CoveragePoint) => void;
  coverage: Set<CoveragePoint>;
  /** Adds a line to the trace. It is built only if the run is traced. */
  trace: (line: () => string) => void;
  isTraced: boolean;
  /** Records that an invariant is broken, which ends the run. */
  broken: (violation: string) => void;
  violation: string | undefined;
  /** Crashes a process. Set by the cluster, which starts them. */
  crash: (process: Process, when: string) => void;
  /** A step of a process where it may crash, `times` as likely as elsewhere; returns whether it did. */
  mayCrash: (process: Process | undefined, when: string, times?: number) => boolean;
}

export function createWorld(
  seed: string,
  plan: Plan,
  onTrace: ((ms: number, line: string) => void) | undefined,
): World {
  const chances = random(seed, 'world');
  const faults = random(seed, 'faults');
  const scheduler = createScheduler(chances);
  const coverage = new Set<CoveragePoint>();
  const world: World = {
    plan,
    scheduler,
    chances,
    stream: (name) => random(seed, name),
    adverse: true,
    coverage,
    violation: undefined,
    isTraced: onTrace !== undefined,
    strikes: (knob) => world.adverse && plan[knob] > 0 && faults.chance(plan[knob]),
    latency: () =>
      world.strikes('slowness') ? chances.between(5, 3000) ** chances.between(0.5, 1) : chances.between(0.1, 4),
    reached: (point) => void coverage.add(point),
    trace(line) {
      if (!onTrace) return;
      const process = currentProcess();
      onTrace(scheduler.now, `${process ? `${process.name} ` : ''}${line()}`);
    },
    broken(violation) {
      if (world.violation !== undefined) return;
      world.violation = violation;
      world.trace(() => `BROKEN: ${violation}`);
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

/** The current run. Throws if there is none. */
export function theWorld(): World {
  if (!running) throw new Error('there is no current run');
  return running;
}
