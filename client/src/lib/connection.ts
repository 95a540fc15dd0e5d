/** `outdated` when only a full load helps: the server has another build than this page. */
export type Connection = 'ok' | 'lost' | 'outdated';

let current: Connection = 'ok';
const listeners = new Set<() => void>();

/** Whether this tab reaches the site, for React's useSyncExternalStore. */
export const connection = {
  get: (): Connection => current,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  /** Sets the connection; a page that is outdated stays so. */
  report: (next: Connection): void => {
    if (next === current || current === 'outdated') return;
    current = next;
    for (const listener of listeners) listener();
  },
};
