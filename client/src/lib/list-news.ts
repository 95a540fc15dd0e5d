import type { TicketNews } from './ticket-stream.ts';

/** What has happened to a ticket while the list is shown. */
export type Happened = 'held' | 'back' | 'sold' | 'removed' | 'changed';

/** What the news of a ticket mean for a list, which shows only tickets on sale. */
export function happened({ status, wasGone }: TicketNews): Happened {
  if (status === 'withdrawn') return 'removed';
  if (status === 'listed') return wasGone ? 'back' : 'changed';
  return status;
}

const SENTENCES: Record<Happened, string> = {
  held: 'is on hold',
  back: 'is available again',
  sold: 'is sold',
  removed: 'was removed by its seller',
  changed: 'was changed by its seller',
};

/** One short sentence for all that has happened since the last one; empty when nothing has. */
export function announcement(
  tickets: readonly { id: string; title: string }[],
  before: Readonly<Record<string, Happened>>,
  after: Readonly<Record<string, Happened>>,
): string {
  const changed = tickets.flatMap(({ id, title }) => {
    const now = after[id];
    return now === undefined || now === before[id] ? [] : [{ title, now }];
  });
  const [first] = changed;
  if (first === undefined) return '';
  return changed.length === 1
    ? `“${first.title}” ${SENTENCES[first.now]}.`
    : `${changed.length} tickets on this page have changed.`;
}
