import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../../scripts/stack.ts';
import type { StackOptions } from '../../scripts/stack.ts';
import { clusterStack } from './cluster.ts';

/** A running marketplace, as far as tests look into one that may run anywhere. */
export interface Marketplace {
  url: string;
  /** What was listed before, and what came of it, is no concern of the test's; all is if absent. */
  since?: Date;
  /** The URL of a service's own database. */
  database: (service: string) => string;
  /** A process such as `orders-1` or `sandbox`. */
  process: (name: string) => { url: string; stop: () => Promise<unknown>; start: () => Promise<unknown> };
  end: () => Promise<void>;
}

/** A stack with data, ports and logs of its own, without limits that a load would meet. `end` stops it and forgets it. */
export async function startTestStack({ env = {}, ...options }: StackOptions = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-e2e-'));
  const stack = await startStack({
    client: false,
    ...options,
    folder,
    env: { RATE_LIMITS: 'off', MAX_LIVE_HOLDS: '100000', ...env },
  });
  return {
    ...stack,
    async end() {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A marketplace for a test: the one in the cluster into which CLUSTER_URL leads, else a stack of its own. */
export function startMarketplace(options: StackOptions = {}): Promise<Marketplace> {
  const { CLUSTER_URL: url } = process.env;
  return url ? clusterStack(url, options.env) : startTestStack(options);
}
