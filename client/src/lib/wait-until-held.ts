import type { Answer } from '@/api/http.ts';
import type { Ticket } from '@/api/types.ts';
import { readUntil } from './read-until.ts';

/**
 * Reads a ticket until it is no longer listed, for 2 s at most. Orders refuses the second buyer a moment before tickets
 * consumes the first one's order: a page rendered in that moment would offer the ticket again.
 */
export async function waitUntilHeld(read: () => Promise<Answer<Ticket>>): Promise<void> {
  await readUntil(read, (answer) => !answer.ok || answer.data.status !== 'listed');
}
