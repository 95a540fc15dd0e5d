import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { root, run } from '../../infra/local/tools.ts';

const node = process.execPath;
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
export const next = path.join(root, 'node_modules/next/dist/bin/next');
const clientFolder = path.join(root, 'client');

/** Compiles what runs from `dist`: the services, the sandbox and the router. Quick when nothing has changed. */
export async function buildServices(folders: readonly string[]): Promise<void> {
  await run(node, [tsc, '-b', ...folders]);
  // tsc trusts its notes, and does nothing where a dist folder has been deleted.
  const missing = folders.filter((folder) => !existsSync(path.join(root, folder, 'dist/main.js')));
  if (missing.length > 0) await run(node, [tsc, '-b', '--force', ...missing]);
}

/** True once the pages exist. */
export const hasClient = (): boolean => existsSync(path.join(clientFolder, 'src/app'));

/** Builds the pages unless their build is newer than everything it is made from; `say` hears of it when it isn't. */
export async function buildClient(say: (message: string) => void): Promise<void> {
  const buildId = statSync(path.join(clientFolder, '.next/BUILD_ID'), { throwIfNoEntry: false });
  const inputs = ['src', 'public', 'package.json', 'next.config.ts', 'tsconfig.json', '../package-lock.json'];
  const newest = Math.max(...inputs.map((input) => newestIn(path.join(clientFolder, input))));
  if (buildId && buildId.mtimeMs > newest) return;
  say('building the pages');
  await run(node, [next, 'build'], {
    cwd: clientFolder,
    env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
}

/** When the newest file below a path was changed, in milliseconds; 0 if there is none. */
function newestIn(entry: string): number {
  const stat = statSync(entry, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(entry).map((name) => newestIn(path.join(entry, name))));
}
