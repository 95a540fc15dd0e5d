import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { load } from '../harness.ts';
import { listTicket, listTickets } from '../visits.ts';

const CONNECTIONS = 32;
const CHANGE_MS = 1000;

/** The list page through the router, with many listings: for guests, also while tickets are listed, and for a signed-in visitor. */
export async function listPages({ quick, seconds: shortest, candidates, compare }: Comparison): Promise<void> {
  // With 32 visitors at once a page takes long.
  const seconds = shortest * 2;
  const listings = quick ? 1000 : 10_000;
  for (const candidate of await candidates()) await listTickets(candidate, listings);
  const show = async ({ url }: Candidate, cookie?: string) =>
    (
      await load({
        ...{ url: `${url}/`, connections: CONNECTIONS, seconds },
        ...(cookie !== undefined && { request: () => ({ headers: { cookie } }) }),
      })
    ).figures;
  const cases = {
    guests: (candidate: Candidate) => show(candidate),
    'guests, a new ticket every second': (candidate: Candidate) => whileListing(candidate, () => show(candidate)),
    'signed in': (candidate: Candidate) => show(candidate, candidate.buyers[0]),
  };
  for (const [name, measure] of Object.entries(cases))
    await compare({ scenario: 'list page for visitors', name: `${name}, ${listings} listings`, measure });
}

async function whileListing<T>(candidate: Candidate, work: () => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const listing = (async () => {
    while (!stopping.signal.aborted) {
      await listTicket(candidate);
      await delay(CHANGE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  try {
    return await work();
  } finally {
    stopping.abort();
    await listing;
  }
}
