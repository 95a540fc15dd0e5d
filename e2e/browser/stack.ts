import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startStack } from '../../scripts/stack.ts';
import type { Stack } from '../../scripts/stack.ts';

/** The whole marketplace with pages, in a folder of its own that goes away with it. Limits on rates are off. */
export async function startMarketplace(env: Record<string, string> = {}): Promise<Stack> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-browser-'));
  const stack = await startStack({ folder, client: true, env: { RATE_LIMITS: 'off', MAX_LIVE_HOLDS: '50', ...env } });
  return {
    ...stack,
    async stop() {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
