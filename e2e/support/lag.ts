import { busServices } from '../../scripts/services.ts';

/** Cumulative counts over all instances: seconds → events that were handled within them. */
export type Lag = ReadonlyMap<number, number>;

/** Reads the services' own histogram of the time from saving an event to handling it, without the events of these names. */
export async function readLag(
  processes: readonly { service: string; adminUrl: string }[],
  without: readonly string[] = [],
): Promise<Lag> {
  const lag = new Map<number, number>();
  for (const { adminUrl } of processes.filter(({ service }) => (busServices as string[]).includes(service))) {
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
    for (const [, labels = '', count] of metrics.matchAll(/^event_lag_seconds_bucket\{(.*)\} (\d+)$/gm)) {
      const [, within = ''] = /\ble="([^"]+)"/.exec(labels) ?? [];
      const [, event = ''] = /\bevent="([^"]+)"/.exec(labels) ?? [];
      if (without.includes(event)) continue;
      const seconds = within === '+Inf' ? Infinity : Number(within);
      lag.set(seconds, (lag.get(seconds) ?? 0) + Number(count));
    }
  }
  return lag;
}

/**
 * The time in milliseconds that a share (0 to 1) of the events handled between two readings did not exceed, interpolated within the
 * histogram's buckets; 0 when there were none.
 */
export function lagSince(before: Lag, after: Lag, share: number): number {
  const counts = [...after].map(([limit, count]) => [limit, count - (before.get(limit) ?? 0)] as const);
  counts.sort(([a], [b]) => a - b);
  const total = counts.at(-1)?.[1] ?? 0;
  let [low, below] = [0, 0];
  for (const [limit, count] of counts) {
    if (count >= share * total && total > 0) {
      const high = Number.isFinite(limit) ? limit : low * 2;
      return (low + ((share * total - below) / (count - below)) * (high - low)) * 1000;
    }
    [low, below] = [limit, count];
  }
  return 0;
}
