import type { Refresh } from './watch.ts';

const LIMIT_MS = 8000;

/**
 * Creates the one refresh of a tab. Calls at the same time share one rendering, each for 8 s at most. Next runs one server action after
 * the other, so behind one that hangs for longer only a full load helps. `forget` is for when the router has gone to another page or
 * entry, or the browser has brought back an old page: what was being rendered then is not waited for.
 */
export function singleRefresh(render: () => Promise<Refresh>): { refresh: () => Promise<Refresh>; forget: () => void } {
  let current: { result: Promise<Refresh>; hasHung: boolean } | undefined;
  return {
    async refresh() {
      if (current?.hasHung === true) return 'outdated';
      if (current === undefined) {
        const started = { result: render(), hasHung: false };
        current = started;
        void started.result.finally(() => {
          if (current === started) current = undefined;
        });
      }
      const shared = current;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const limit = new Promise<'unreachable'>((resolve) => {
        timer = setTimeout(() => {
          shared.hasHung = true;
          resolve('unreachable');
        }, LIMIT_MS);
      });
      return Promise.race([shared.result, limit]).finally(() => {
        clearTimeout(timer);
      });
    },
    forget() {
      current = undefined;
    },
  };
}
