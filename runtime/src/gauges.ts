import type { Gauge } from 'prom-client';
import type { Logger } from './logging.ts';

/** A gauge whose value is in a store. It is read when the metrics are scraped. */
export interface StoreGauge {
  gauge: Gauge;
  /** For a gauge with several values: the labels of this one. */
  labels?: Record<string, string>;
  read: () => Promise<number>;
}

/** Several scrapers, or an impatient one, cost the store no more than this. */
const READ_EVERY_MS = 10_000;
/** A scrape waits no longer for a store: it then has the other metrics. */
const LIMIT_MS = 2000;

/**
 * Returns a function that brings the gauges up to date, for a scrape. Each is read once in 10 s at most. One that can't be read, or not
 * within 2 s, is absent from the metrics until it can.
 */
export function gaugeReader(gauges: readonly StoreGauge[], log: Logger): () => Promise<void> {
  let readAt = -Infinity;
  let reading: Promise<unknown> = Promise.resolve();

  async function readOne({ gauge, labels = {}, read }: StoreGauge): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, LIMIT_MS, new Error(`no answer within ${LIMIT_MS} ms`));
    });
    try {
      gauge.set(labels, await Promise.race([read(), late]));
    } catch (error) {
      gauge.remove(labels);
      log.warn({ err: error, labels }, 'a metric could not be read from the store');
    } finally {
      clearTimeout(timer);
    }
  }

  return async () => {
    if (performance.now() - readAt >= READ_EVERY_MS) {
      readAt = performance.now();
      reading = Promise.all(gauges.map(readOne));
    }
    await reading;
  };
}
