import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { root } from '../../infra/local/tools.ts';

/** The scripts that a modern browser loads with a page's HTML. */
export function scriptsOf(html: string): string[] {
  const tags = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag).filter((tag) => !/\bnomodule\b/i.test(tag));
  return [...new Set(tags.flatMap((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1] ?? []))];
}

export const compressed = (script: Uint8Array): number => gzipSync(script).length;

const measuredFile = path.join(import.meta.dirname, 'empty-page.json');

interface Measured {
  next: string;
  react: string;
  bytes: number;
}

function installed(): Omit<Measured, 'bytes'> {
  const require = createRequire(path.join(root, 'client/package.json'));
  const versionOf = (name: string) => (require(`${name}/package.json`) as { version: string }).version;
  return { next: versionOf('next'), react: versionOf('react') };
}

/**
 * The bytes of compressed JavaScript that a page with one word loads, in an otherwise empty app, as measured once for the installed
 * versions of Next and React: the build takes as long as that of all our pages. Throws when it was measured with others.
 */
export function emptyPageBytes(): number {
  const { bytes, ...measured } = JSON.parse(readFileSync(measuredFile, 'utf8')) as Measured;
  const now = installed();
  if (measured.next !== now.next || measured.react !== now.react)
    throw new Error('the empty page was measured with another Next or React: run node e2e/browser/empty-page.ts');
  return bytes;
}

/** Builds an app with one empty page, and returns the bytes of compressed JavaScript that the page loads. */
async function measureEmptyPage(): Promise<number> {
  // In the workspace, so that Next and React are found as they are for the pages.
  mkdirSync(path.join(root, '.ticketing'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.ticketing', 'empty-page-'));
  try {
    mkdirSync(path.join(folder, 'app'));
    const write = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), text);
    };
    write('package.json', '{ "type": "module", "private": true }');
    write('app/layout.jsx', 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;');
    write('app/page.jsx', 'export default () => <p>Empty</p>;');
    write('next.config.mjs', `export default { turbopack: { root: ${JSON.stringify(root)} } };`);
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    await promisify(execFile)(process.execPath, [path.join(root, 'node_modules/next/dist/bin/next'), 'build'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    });
    const html = readFileSync(path.join(folder, '.next/server/app/index.html'), 'utf8');
    return scriptsOf(html)
      .map((src) => readFileSync(path.join(folder, src.replace(/^\/_next\//, '.next/').replace(/\?.*$/, ''))))
      .reduce((sum, script) => sum + compressed(script), 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const measured: Measured = { ...installed(), bytes: await measureEmptyPage() };
  writeFileSync(measuredFile, `${JSON.stringify(measured, undefined, 2)}\n`);
}
