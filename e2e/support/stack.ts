import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startStack } from '../../scripts/stack.ts';
import type { StackOptions } from '../../scripts/stack.ts';

/** A stack with data, ports and logs of its own, without limits that a load would meet. `end` stops it and forgets it. */
export async function startTestStack({ env = {}, ...options }: StackOptions = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-e2e-'));
  const stack = await startStack({
    client: false,
    ...options,
    folder,
    env: { HOLD_SECONDS: '5', RATE_LIMITS: 'off', MAX_LIVE_HOLDS: '100000', ...env },
  });
  return {
    ...stack,
    async end() {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
