import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { announcement, happened } from '../src/lib/list-news.ts';
import { createTicketStream, type EventStream } from '../src/lib/ticket-stream.ts';

type Listener = (event: { data: string; lastEventId: string }) => void;

/** A tab with its stream. */
function tab({ age = 1000 } = {}) {
  const opened: {
    url: string;
    isClosed: boolean;
    stream: EventStream;
    emit: (name: string, at: number, data?: object) => void;
  }[] = [];
  const page = { isVisible: true, notified: 0 };
  const tickets = createTicketStream({
    connect(url) {
      const listeners = new Map<string, Listener>();
      const stream: EventStream & { readyState: number } = {
        readyState: 1,
        addEventListener: (name, listener) => listeners.set(name, listener),
        close: () => {
          entry.isClosed = true;
        },
      };
      const emit = (name: string, at: number, data: object = {}) =>
        listeners.get(name)?.({ data: JSON.stringify(data), lastEventId: String(at) });
      const entry = { url, isClosed: false, stream, emit };
      opened.push(entry);
      return stream;
    },
    isVisible: () => page.isVisible,
    age: () => age,
    random: () => 0,
  });
  const leave = tickets.subscribe(() => page.notified++);
  const current = () => {
    const last = opened.at(-1);
    if (last === undefined) throw new Error('no stream was opened');
    return last;
  };
  return { page, tickets, opened, current, leave };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const held = { id: 'a', version: 3, status: 'held' };

describe('the stream of a tab', () => {
  it('is one for all that is shown, and closed a second after the last of it is gone', () => {
    const { tickets, opened, current, leave } = tab();
    const other = tickets.subscribe(() => undefined);
    expect(opened).toHaveLength(1);
    leave();
    other();
    expect(current().isClosed).toBe(false);
    jest.advanceTimersByTime(1000);
    expect(current().isClosed).toBe(true);
  });

  it('has the newest of each ticket, and ignores what is late or known', () => {
    const { tickets, current, page } = tab();
    current().emit('ready', 1);
    current().emit('ticket', 2, held);
    const before = page.notified;
    current().emit('ticket', 3, { ...held, version: 2, status: 'listed' });
    current().emit('ticket', 4, held);
    expect(page.notified).toBe(before);
    expect(tickets.get('a')).toEqual({ ...held, wasGone: false });
    current().emit('ticket', 5, { ...held, version: 4, status: 'listed' });
    expect(tickets.get('a')).toEqual({ id: 'a', version: 4, status: 'listed', wasGone: true });
  });

  it('counts tickets that were listed or came back, each change once', () => {
    const { tickets, current } = tab();
    current().emit('ready', 1);
    current().emit('ticket', 2, held);
    expect(tickets.listings()).toBe(0);
    for (let time = 0; time < 2; time++) current().emit('ticket', 3, { ...held, version: 4, status: 'listed' });
    current().emit('ticket', 4, { id: 'b', version: 0, status: 'listed' });
    expect(tickets.listings()).toBe(2);
  });

  it('is closed while the page is hidden, and goes on after the last event when it is shown', () => {
    const { tickets, opened, current, page } = tab();
    current().emit('ticket', 1234, held);
    page.isVisible = false;
    tickets.visibilityChanged();
    expect(current().isClosed).toBe(true);
    page.isVisible = true;
    tickets.visibilityChanged();
    expect(opened.map(({ url }) => url)).toEqual(['/api/tickets/events', '/api/tickets/events?after=1234']);
  });

  it('is not open when it was refused, and tried again after 30 s', () => {
    const { tickets, opened, current } = tab();
    current().emit('ready', 1);
    expect(tickets.isOpen()).toBe(true);
    Object.assign(current().stream, { readyState: 2 });
    current().emit('error', 0);
    expect(tickets.isOpen()).toBe(false);
    expect(opened).toHaveLength(1);
    jest.advanceTimersByTime(30_000);
    expect(opened).toHaveLength(2);
  });

  it('has what is shown read again after a reset, and when the page is older than what the service looks back', () => {
    const young = tab();
    young.current().emit('ready', 1);
    expect(young.tickets.resets()).toBe(0);
    young.current().emit('reset', 2);
    expect(young.tickets.resets()).toBe(1);
    const old = tab({ age: 20_000 });
    old.current().emit('ready', 1);
    old.current().emit('ready', 2);
    expect(old.tickets.resets()).toBe(1);
  });
});

describe('the announcement of a list', () => {
  const tickets = [
    { id: 'a', title: 'Opera' },
    { id: 'b', title: 'Derby' },
  ];

  it('is one sentence, about one ticket or about how many', () => {
    expect(announcement(tickets, {}, {})).toBe('');
    expect(announcement(tickets, {}, { a: 'held' })).toBe('“Opera” is on hold.');
    expect(announcement(tickets, { a: 'held' }, { a: 'back' })).toBe('“Opera” is available again.');
    expect(announcement(tickets, { a: 'held' }, { a: 'held', b: 'sold' })).toBe('“Derby” is sold.');
    expect(announcement(tickets, {}, { a: 'held', b: 'sold' })).toBe('2 tickets on this page have changed.');
  });

  it('tells a ticket that came back from one that its seller has changed', () => {
    const listed = { id: 'a', version: 2, status: 'listed' } as const;
    expect([happened({ ...listed, wasGone: true }), happened({ ...listed, wasGone: false })]).toEqual([
      'back',
      'changed',
    ]);
  });
});
