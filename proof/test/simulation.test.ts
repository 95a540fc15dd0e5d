import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bugs, tryBug } from '../bugs.ts';
import { runBatch, startWorker, unreached } from '../simulation/batch.ts';
import { planOf, seedOf } from '../simulation/plan.ts';

const root = path.join(import.meta.dirname, '../..');
/** Fixed seeds, so that only a change of the code can make a run fail. `make simulate` uses new ones. */
const RUNS = 300;

describe('the simulation', () => {
  it(`breaks no invariant in ${RUNS} runs and reaches every coverage point`, async () => {
    const batch = await runBatch({ root, runs: RUNS, from: 1 });
    expect(batch.failure).toBeUndefined();
    expect(unreached(batch)).toEqual([]);
    expect(batch.runs).toBe(RUNS);
  });

  it('gives the same trace for the same seed, whatever ran before', async () => {
    const [one, other] = [startWorker(root), startWorker(root)];
    try {
      await other.run({ run: ['7', '8'] });
      const results = [await one.run({ trace: '12' }), await other.run({ trace: '12' })];
      expect(results[0]).toHaveProperty('trace.length');
      expect(results[1]).toEqual(results[0]);
    } finally {
      one.stop();
      other.stop();
    }
  });

  it('has a seed for every plan', () => {
    const plan = planOf('4711');
    expect(planOf(seedOf(4711, plan))).toEqual(plan);
    expect(planOf('4711/crashes=0.5')).toEqual({ ...plan, crashes: 0.5 });
    expect(() => planOf('4711/nonsense=1')).toThrow('nonsense');
  });
});

describe('a planted mistake is caught', () => {
  const quick = ['no-fencing', 'update-without-version', 'publish-before-save', 'read-then-write', 'no-void'];

  it.each(bugs.filter(({ name }) => quick.includes(name)).map((bug) => [bug.title, bug] as const))(
    '%s',
    async (_title, bug) => {
      expect((await tryBug(bug)).caughtBy).toBeDefined();
    },
  );

  it.each(bugs.map(({ name, patch }) => [name, patch]))('the patch %s still applies', (_name, patch) => {
    const { status, stderr } = spawnSync('git', ['apply', '--check', patch], { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
