import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { services } from '../../scripts/services.ts';
import { kubectl } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startLoad } from '../support/load.ts';
import { checkInvariants } from '../support/invariants.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';

let stack: Marketplace;

beforeAll(async () => {
  stack = await startMarketplace({ env: { HOLD_SECONDS: '10' } });
});
afterAll(() => stack.end());

const rolledOut = async (kind: 'deployment' | 'statefulset', name: string) => {
  await kubectl('rollout', 'status', `${kind}/${name}`, '--timeout=120s');
};
const podsOf = async (name: string) =>
  (await kubectl('get', 'pod', `--selector=app.kubernetes.io/name=${name}`, '-o=name')).trim().split('\n');

/** Requests pages and lists until stopped, which returns the failures. */
function startBrowsing(url: string) {
  const failures: string[] = [];
  let count = 0;
  let running = true;
  const loops = ['/', '/auth/signin', '/api/tickets?limit=20'].map(async (path) => {
    while (running) {
      const answer = await fetch(url + path).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        (error: unknown) => String(error),
      );
      count++;
      if (answer !== 200) failures.push(`${path}: ${answer}`);
      await delay(50);
    }
  });
  return {
    async stop() {
      running = false;
      await Promise.all(loops);
      return { failures, count };
    },
  };
}

/** Runs `disturb` under the load of buyers, sellers and visitors, then checks the invariants. */
async function underLoad(disturb: () => Promise<void>) {
  const load = await startLoad(stack.url, { buyers: 4 });
  const browsing = startBrowsing(stack.url);
  await eventually(
    () => load.acknowledged.orders.length,
    (count) => count > 10,
  );
  await disturb();
  const reached = load.acknowledged.orders.length;
  await eventually(
    () => load.acknowledged.orders.length,
    (count) => count > reached + 10,
  );
  await load.stop();
  const { failures, count } = await browsing.stop();
  const answers = load.answers();
  const failed = Object.entries(answers).filter(([what]) => / (0|5\d\d)$/.test(what));
  const { broken, counts } = await checkInvariants(stack, { acknowledged: load.acknowledged });
  process.stdout.write(`${JSON.stringify({ answers, pages: count, failures: failures.length, ...counts })}\n`);
  return { failed, failures, broken };
}

const nothing = { failed: [], failures: [], broken: [] };
const deployments = [...services, 'client', 'router'];

describe('under load', () => {
  it('a rolling restart of every Deployment loses no request and no event', async () => {
    const result = await underLoad(async () => {
      for (const name of deployments) {
        await kubectl('rollout', 'restart', `deployment/${name}`);
        await rolledOut('deployment', name);
      }
    });
    expect(result).toEqual(nothing);
  }, 900_000);

  it('deleting each pod once loses no request and no event', async () => {
    const result = await underLoad(async () => {
      for (const name of deployments) {
        for (const pod of await podsOf(name)) {
          await kubectl('delete', pod);
          await rolledOut('deployment', name);
        }
      }
    });
    expect(result).toEqual(nothing);
  }, 900_000);

  it.each(['nats', 'redis'])(
    'deleting the pod of %s loses nothing that was acknowledged',
    async (name) => {
      const { broken } = await underLoad(async () => {
        await kubectl('delete', 'pod', `${name}-0`);
        await rolledOut('statefulset', name);
      });
      expect(broken).toEqual([]);
    },
    600_000,
  );
});
