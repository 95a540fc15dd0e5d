import { currentProcess, inProcess } from './scheduler.ts';
import type { Process } from './scheduler.ts';
import { theWorld } from './world.ts';
import type { World } from './world.ts';

interface Job {
  id: string;
  data: unknown;
  /** The process whose worker runs it. */
  active: Process | undefined;
}

interface Worker {
  process: Process;
  work: (job: { data: unknown }) => Promise<unknown>;
}

/** The data of Redis, and the workers that are connected to it. */
export interface Redis {
  jobs: Map<string, Job>;
  hashes: Map<string, Map<string, string>>;
  workers: Worker[];
  downUntil: number;
}

/** A Redis without data. */
export const emptyRedis = (): Redis => ({ jobs: new Map(), hashes: new Map(), workers: [], downUntil: -1 });

const redisOf = new WeakMap<World, Redis>();
/** Sets the Redis of a run. */
export const provideRedis = (world: World, redis: Redis): void => void redisOf.set(world, redis);

const STALLED_MS = 5000;

/** Replaces Bull in the simulation: delayed jobs in the Redis of the run. */
export default class Queue {
  private readonly world = theWorld();
  private readonly redis = redisOf.get(this.world) ?? emptyRedis();
  private readonly process_ = currentProcess();
  private readonly retryMs: number;

  readonly client = {
    ping: () => this.command('ping', () => 'PONG'),
    hget: (key: string, field: string) => this.command('hget', () => this.hash(key).get(field) ?? null),
    hset: (key: string, field: string, value: string) =>
      this.command('hset', () => void this.hash(key).set(field, value)),
    hgetall: (key: string) => this.command('hgetall', () => Object.fromEntries(this.hash(key))),
    hdel: (key: string, field: string) => this.command('hdel', () => void this.hash(key).delete(field)),
  };

  constructor(_name: string, options: { defaultJobOptions: { backoff: number } }) {
    this.retryMs = options.defaultJobOptions.backoff;
  }

  on(): this {
    return this;
  }

  process(_concurrency: number, work: Worker['work']): Promise<void> {
    if (this.process_) this.redis.workers.push({ process: this.process_, work });
    return Promise.resolve();
  }

  add(data: unknown, { jobId, delay }: { jobId: string; delay: number }): Promise<void> {
    return this.command('add', () => {
      if (this.redis.jobs.has(jobId)) return;
      const job: Job = { id: jobId, data, active: undefined };
      this.redis.jobs.set(jobId, job);
      this.schedule(delay, job);
    });
  }

  getJob(id: string): Promise<{ remove(): Promise<void> } | null> {
    const remove = () =>
      this.command('remove', () => {
        const job = this.redis.jobs.get(id);
        if (job?.active) throw new Error('the job is locked');
        this.redis.jobs.delete(id);
      });
    return this.command('getJob', () => (this.redis.jobs.has(id) ? { remove } : null));
  }

  close(): Promise<void> {
    this.redis.workers = this.redis.workers.filter(({ process }) => process !== this.process_);
    return Promise.resolve();
  }

  private hash(key: string): Map<string, string> {
    const hash = this.redis.hashes.get(key) ?? new Map<string, string>();
    this.redis.hashes.set(key, hash);
    return hash;
  }

  /** Commands wait while Redis is down. */
  private command<T>(name: string, act: () => T): Promise<T> {
    const { world, process_ } = this;
    const wait = () => Math.max(0, this.redis.downUntil - world.scheduler.now) + world.latency();
    return world.scheduler.call(act, wait, {
      before: () => world.mayCrash(process_, `before Redis gets ${name}`),
      after: () => world.mayCrash(process_, `after Redis got ${name}`),
    });
  }

  private schedule(ms: number, job: Job): void {
    this.world.scheduler.after(ms, () => void this.fire(job), null);
  }

  private async fire(job: Job): Promise<void> {
    const { world, redis } = this;
    if (redis.jobs.get(job.id) !== job) return;
    const available = redis.workers.filter(({ process }) => process.alive);
    if (available.length === 0 || world.scheduler.now < redis.downUntil) {
      this.schedule(1000, job);
      return;
    }
    const { process, work } = world.chances.pick(available);
    job.active = process;
    const stalled = () => {
      if (job.active !== process) return;
      if (process.alive) world.scheduler.after(STALLED_MS, stalled, null);
      else {
        job.active = undefined;
        void this.fire(job);
      }
    };
    world.scheduler.after(STALLED_MS, stalled, null);
    const isDone = await inProcess(process, () => work({ data: job.data })).then(
      () => true,
      () => false,
    );
    job.active = undefined;
    if (isDone) redis.jobs.delete(job.id);
    else this.schedule(this.retryMs, job);
  }
}
