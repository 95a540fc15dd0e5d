import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../../scripts/stack.ts';
import type { StackOptions } from '../../scripts/stack.ts';
import { clusterStack } from './cluster.ts';

/** A running marketplace, on this machine or in a cluster. */
export interface Marketplace {
  url: string;
  /** Tests ignore tickets that were listed before, and their orders; they check all if absent. */
  since?: Date;
  /** The URL of a service's own database. */
  database: (service: string) => string;
  /** A process such as `orders-1` or `sandbox`. */
  process: (name: string) => { url: string; stop: () => Promise<unknown>; start: () => Promise<unknown> };
  end: () => Promise<void>;
}

/** Starts a stack with its own data, ports and logs, without limits that a load would exceed. `end` stops it and deletes its data. */
export async function startTestStack({ env = {}, ...options }: StackOptions = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-e2e-'));
  const stack = await startStack({
    client: false,
    ...options,
    folder,
    env: { RATE_LIMITS: 'off', MAX_LIVE_HOLDS: '100000', HOLD_PAUSE_SECONDS: '0', ...env },
  });
  return {
    ...stack,
    async end() {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A marketplace for a test: the one in the cluster behind CLUSTER_URL, else a new stack on this machine. */
export function startMarketplace(options: StackOptions = {}): Promise<Marketplace> {
  const { CLUSTER_URL: url } = process.env;
  return url ? clusterStack(url, options.env) : startTestStack(options);
}
