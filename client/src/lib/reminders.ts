/** A ticket on hold of which a visitor wants to know when it is back. */
export interface Reminder {
  id: string;
  title: string;
  /** When they asked, in milliseconds. */
  at: number;
}

/** The part of localStorage that is used. */
export type ReminderStorage = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'reminders';
export const MAX_REMINDERS = 10;
const MAX_AGE_MS = 30 * 24 * 3_600_000;

export interface Reminders {
  /** The reminders, newest first, as one array until they change. */
  get: () => Reminder[];
  add: (id: string, title: string) => void;
  remove: (id: string) => void;
  /** Whether the browser has kept what was saved last. */
  isKept: () => boolean;
  subscribe: (listener: () => void) => () => void;
}

const isReminder = (value: unknown): value is Reminder => {
  const { id, title, at } = (value ?? {}) as Partial<Record<keyof Reminder, unknown>>;
  return typeof id === 'string' && /^[0-9a-f]{24}$/.test(id) && typeof title === 'string' && typeof at === 'number';
};

/**
 * Creates the reminders of a browser: the ten newest, for 30 days each. They are kept in the browser, because guests ask for them too;
 * where it keeps nothing, they last as long as the page.
 */
export function createReminders(storage: () => ReminderStorage, now: () => number = Date.now): Reminders {
  const listeners = new Set<() => void>();
  let text = '[]';
  let known: Reminder[] = [];
  let isKept = true;

  function parse(stored: string): Reminder[] {
    const found: unknown = JSON.parse(stored);
    const oldest = now() - MAX_AGE_MS;
    return Array.isArray(found) ? found.filter(isReminder).filter(({ at }) => at > oldest) : [];
  }

  function get(): Reminder[] {
    try {
      // Another tab may have changed them.
      const stored = storage().getItem(KEY) ?? '[]';
      if (stored !== text) [text, known] = [stored, parse(stored)];
    } catch {
      // Storage is blocked, or what is in it is not ours.
    }
    return known;
  }

  function save(reminders: Reminder[]): void {
    known = reminders.slice(0, MAX_REMINDERS);
    text = JSON.stringify(known);
    try {
      storage().setItem(KEY, text);
      isKept = true;
    } catch {
      // As in get.
      isKept = false;
    }
    for (const listener of listeners) listener();
  }

  const others = (id: string) => get().filter((one) => one.id !== id);
  return {
    get,
    add(id, title) {
      save([{ id, title, at: now() }, ...others(id)]);
    },
    remove(id) {
      if (get().some((one) => one.id === id)) save(others(id));
    },
    isKept: () => isKept,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** The reminders of this browser. */
export const reminders = createReminders(() => window.localStorage);
