/** `outdated` when only a full load helps: the server has another build than this page. */
export type Connection = 'ok' | 'lost' | 'outdated';

/** Creates what a tab knows of its connection to the site. */
export function createConnection() {
  const listeners = new Set<() => void>();
  /** What each watch that is under way has found last. */
  const watches = new Map<object, Connection>();
  let isOffline = false;
  let isOutdated = false;

  const notify = () => {
    for (const listener of listeners) listener();
  };

  return {
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    /** A page that is outdated stays so. */
    get: (): Connection => {
      if (isOutdated) return 'outdated';
      return isOffline || [...watches.values()].includes('lost') ? 'lost' : 'ok';
    },
    /** Whether something brings the page up to date once the connection is back. */
    isWatched: (): boolean => watches.size > 0,
    /** Notes what the browser knows. */
    setOffline(isNowOffline: boolean): void {
      isOffline = isNowOffline;
      notify();
    },
    /** Begins a watch. What it reports counts until it ends. */
    watch(): { report: (found: Connection) => void; end: () => void } {
      const id = {};
      watches.set(id, 'ok');
      notify();
      return {
        report(found) {
          watches.set(id, found);
          if (found === 'outdated') isOutdated = true;
          // Browsers take some networks for none.
          if (found === 'ok') isOffline = false;
          notify();
        },
        end() {
          watches.delete(id);
          notify();
        },
      };
    },
  };
}

/** Whether this tab reaches the site, for React's useSyncExternalStore. */
export const connection = createConnection();
