import type { Answer } from '@/api/http.ts';
import type { Ticket } from '@/api/types.ts';

const LIMIT_MS = 2000;
const INTERVAL_MS = 50;

/**
 * Reads a ticket until it is no longer listed, for 2 s at most. Orders refuses the second buyer a moment before tickets
 * consumes the first one's order: a page rendered in that moment would offer the ticket again.
 */
export async function waitUntilHeld(read: () => Promise<Answer<Ticket>>): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await read();
    if (!answer.ok || answer.data.status !== 'listed' || Date.now() >= deadline) return;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
