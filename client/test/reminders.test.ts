import { describe, expect, it } from '@jest/globals';
import { createReminders, MAX_REMINDERS } from '../src/lib/reminders.ts';

const idOf = (n: number) => String(n).padStart(24, '0');

function browser(stored?: string) {
  const values = new Map(stored === undefined ? [] : [['reminders', stored]]);
  const clock = { now: 1_000_000_000_000 };
  const storage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
  const open = () =>
    createReminders(
      () => storage,
      () => clock.now,
    );
  return { clock, open };
}

describe('the reminders of a browser', () => {
  it('are there in the next visit, each ticket once, the newest ten of them', () => {
    const { open } = browser();
    const first = open();
    for (let n = 0; n < 12; n++) first.add(idOf(n), `Ticket ${n}`);
    first.add(idOf(5), 'Ticket 5');
    const found = open().get();
    expect(found).toHaveLength(MAX_REMINDERS);
    expect(found.slice(0, 2).map(({ title }) => title)).toEqual(['Ticket 5', 'Ticket 11']);
  });

  it('are gone when they are removed, and after 30 days', () => {
    const { open, clock } = browser();
    const first = open();
    first.add(idOf(1), 'One');
    first.add(idOf(2), 'Two');
    first.remove(idOf(1));
    expect(open().get()).toMatchObject([{ id: idOf(2) }]);
    clock.now += 31 * 24 * 3_600_000;
    expect(open().get()).toEqual([]);
  });

  it.each(['not JSON', '{}', '[null,1]', '[{"id":"../x","title":"x","at":9e12}]'])(
    'are none where something else is stored: %s',
    (stored) => {
      expect(browser(stored).open().get()).toEqual([]);
    },
  );

  it('last as long as the page where nothing can be stored', () => {
    const blocked = createReminders(() => {
      throw new Error('storage is blocked');
    });
    blocked.add(idOf(1), 'One');
    expect(blocked.get()).toHaveLength(1);
    // The page must not promise more.
    expect(blocked.isKept()).toBe(false);
    const kept = browser().open();
    kept.add(idOf(1), 'One');
    expect(kept.isKept()).toBe(true);
  });
});
