import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bugs, tryBug } from '../bugs.ts';
import { missedPaths, runBatch, startWorker } from '../simulation/batch.ts';
import { planOf, seedOf } from '../simulation/plan.ts';

const root = path.join(import.meta.dirname, '../..');
/** The same seeds each time: a change of the code, and nothing else, can make a run fail. `make simulate` tries new ones. */
const RUNS = 600;

describe('the simulation', () => {
  it(`breaks no invariant in ${RUNS} runs, which take every path`, async () => {
    const batch = await runBatch({ root, runs: RUNS, from: 1 });
    expect(batch.failure).toBeUndefined();
    expect(missedPaths(batch)).toEqual([]);
    expect(batch.runs).toBe(RUNS);
  }, 240_000);

  it('tells the same story for the same seed, whatever ran before', async () => {
    const [one, other] = [startWorker(root), startWorker(root)];
    try {
      await other.ask({ run: ['7', '8'] });
      const stories = [await one.ask({ story: '12' }), await other.ask({ story: '12' })];
      expect(stories[0]).toHaveProperty('story.length');
      expect(stories[1]).toEqual(stories[0]);
    } finally {
      one.stop();
      other.stop();
    }
  }, 60_000);

  it('has a seed for every plan', () => {
    const plan = planOf('4711');
    expect(planOf(seedOf(4711, plan))).toEqual(plan);
    expect(planOf('4711/crashes=0.5')).toEqual({ ...plan, crashes: 0.5 });
    expect(() => planOf('4711/nonsense=1')).toThrow('nonsense');
  });
});

describe('a planted mistake is caught', () => {
  const quick = ['no-fencing', 'no-version-in-change', 'publish-before-save', 'read-then-write', 'no-void'];

  it.each(bugs.filter(({ name }) => quick.includes(name)).map((bug) => [bug.title, bug] as const))(
    '%s',
    async (_title, bug) => {
      expect((await tryBug(bug)).caughtBy).toBeDefined();
    },
    60_000,
  );

  it.each(bugs.map(({ name, patch }) => [name, patch]))('%s can be planted still', (_name, patch) => {
    const { status, stderr } = spawnSync('git', ['apply', '--check', patch], { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
