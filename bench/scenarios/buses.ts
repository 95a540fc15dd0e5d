import { readLag } from '../../e2e/support/lag.ts';
import { BUYERS } from '../candidate.ts';
import type { Bus, Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { alternate, caseOf } from '../harness.ts';
import type { Round } from '../harness.ts';
import { lagFigures } from './event-lag.ts';
import { buyAtRest, buyFor } from './purchases.ts';

const BUSES: readonly Bus[] = ['jetstream', 'nats-streaming'];

/**
 * The marketplace on JetStream beside the same on NATS Streaming: purchases by 32 buyers and by one at rest, the CPU time of each, and
 * the lag of their events.
 */
export async function buses({ quick, rounds, seconds, start, record }: Comparison): Promise<void> {
  const started: Candidate[] = [];
  try {
    // Pages play no part in it.
    for (const bus of BUSES) started.push(await start(bus, { bus, env: { CLIENT: 'off' } }));
    const compare = async (name: string, measure: (candidate: Candidate) => Promise<Round>) => {
      const measures = started.map((candidate) => () => withLag(candidate, measure));
      const [ours = [], theirs = []] = await alternate(rounds, measures);
      record(caseOf('buses', name, ours, { name: 'NATS Streaming', rounds: theirs }));
    };
    await compare(`${BUYERS} buyers`, (candidate) => buyFor(candidate, seconds));
    await compare('1 buyer, at rest', (candidate) => buyAtRest(candidate, quick ? 15 : 40));
  } finally {
    for (const candidate of started) await candidate.stop();
  }
}

/** Before each measurement tickets are listed, many at once. */
const NOT_OF_A_PURCHASE = ['ticket:created'];

/** Adds the lag of the events of purchases to what is measured. */
async function withLag(candidate: Candidate, measure: (candidate: Candidate) => Promise<Round>): Promise<Round> {
  const read = () => readLag(candidate.processes(), NOT_OF_A_PURCHASE);
  const before = await read();
  const figures = await measure(candidate);
  return { ...figures, ...lagFigures(before, await read()) };
}
