import type { Answer } from './api.ts';
import type { Ticket } from './types.ts';

const LIMIT_MS = 2000;
const LOOK_AGAIN_MS = 50;

/**
 * Looks at a ticket until it is listed no more, for 2 s at most. Orders refuses who comes second a moment before tickets hears
 * who came first: a page made in that moment would offer the ticket once more.
 */
export async function untilTaken(look: () => Promise<Answer<Ticket>>): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await look();
    if (!answer.ok || answer.data.status !== 'listed' || Date.now() >= deadline) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
