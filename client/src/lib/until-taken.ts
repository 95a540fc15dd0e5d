import type { Answer } from './api.ts';
import type { Ticket } from './types.ts';

const LIMIT_MS = 2000;
const LOOK_AGAIN_MS = 50;

/**
 * Reads a ticket until it is no longer listed, for 2 s at most. Orders refuses the second buyer a moment before tickets
 * consumes the first one's order: a page rendered in that moment would offer the ticket again.
 */
export async function untilTaken(look: () => Promise<Answer<Ticket>>): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await look();
    if (!answer.ok || answer.data.status !== 'listed' || Date.now() >= deadline) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
