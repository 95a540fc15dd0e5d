import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './logging.ts';

/** Waits 100 ms, 200 ms, 400 ms, … for attempt 0, 1, 2, …, at most `maxMs`, less a random jitter of up to 50 %. Rejects when aborted. */
export async function backoff(
  attempt: number,
  { maxMs, baseMs = 100, signal }: { maxMs: number; baseMs?: number; signal?: AbortSignal },
) {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 20));
  await delay(full * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
}

/** Runs `work` repeatedly, `ms` after the last run has ended, until stopped. A failure is logged and does not stop it. */
export function every(
  ms: number,
  work: () => Promise<unknown>,
  log: Logger,
  failed = 'periodic work failed; trying again',
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    for (;;) {
      await delay(ms, undefined, { signal: stopping.signal, ref: false });
      await work().catch((error: unknown) => {
        log.warn({ err: error }, failed);
      });
    }
  })().catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
