import { newId } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load, percentiles, withConcurrency } from '../harness.ts';
import type { Round } from '../harness.ts';

/** Signing in, alone and eight at once, and the latency of other requests to auth at the same time. */
export async function signIn(bench: Bench): Promise<void> {
  const auth = `${bench.at('auth')}/api/users`;
  const body = { email: `${newId()}@example.com`, password: newId() };
  await call('POST', `${auth}/signup`, { body });

  const signInFor = async (people: number): Promise<Round> => {
    const times: number[] = [];
    const startedAt = performance.now();
    await withConcurrency(people, bench.seconds, async () => {
      const { status, ms } = await call('POST', `${auth}/signin`, { body });
      if (status !== 200) throw new Error(`signing in answered ${status}`);
      times.push(ms);
    });
    return { 'per second': (times.length * 1000) / (performance.now() - startedAt), ...percentiles(times) };
  };
  for (const people of [1, 8])
    bench.record('sign in', `${people} at once`, await times(bench, () => signInFor(people)));

  const ask = async () => (await load({ url: `${auth}/currentuser`, connections: 1, seconds: bench.seconds })).figures;
  await bench.compare({
    scenario: 'sign in',
    name: 'the latency of others while 8 sign in',
    ours: async () => (await Promise.all([ask(), signInFor(8)]))[0],
    baseline: { name: 'the same at rest', measure: ask },
  });
}

async function times({ rounds }: Bench, measure: () => Promise<Round>): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await measure());
  return measured;
}
