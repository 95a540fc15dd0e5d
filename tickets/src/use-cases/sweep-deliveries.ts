import type { TicketsContext } from '../context.ts';

/** No upload takes as long: after this a payload that its ticket does not refer to never will be. */
const SAFE_MS = 3_600_000;
const PAGE = 200;

/**
 * Creates the sweep of deliveries: each call checks the next page of payloads and removes those that no ticket refers to, which are left
 * when a process crashes between a payload and its ticket, or a store is unavailable. All of them are checked again and again.
 */
export function sweepDeliveries({ vault, tickets, now }: TicketsContext): () => Promise<void> {
  let after = '';
  return async () => {
    const page = await vault.page(after, PAGE);
    const before = new Date(now().getTime() - SAFE_MS).toISOString();
    const old = page.filter(({ createdAt }) => createdAt < before);
    const found = await Promise.all([...new Set(old.map(({ ticketId }) => ticketId))].map((id) => tickets.find(id)));
    const referenced = new Set(found.flatMap((ticket) => ticket?.delivery?.parts.map(({ id }) => id) ?? []));
    await vault.remove(old.map(({ _id }) => _id).filter((id) => !referenced.has(id)));
    after = page.length < PAGE ? '' : (page.at(-1)?._id ?? '');
  };
}
