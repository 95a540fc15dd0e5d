import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { digestOfAll, ensureArtifact, removeAbandoned } from '../../infra/local/artifact.ts';
import { root, run } from '../../infra/local/tools.ts';
import { packages } from '../services.ts';

const node = process.execPath;
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
/** The command line of Next. */
export const next = path.join(root, 'node_modules/next/dist/bin/next');
const clientFolder = path.join(root, 'client');
const pagesFolder = path.join(clientFolder, '.next');
const asidePrefix = '.next-';

/** Compiles what runs from `dist`, in folders of the workspace, and the shared packages. Quick when nothing has changed. */
export async function buildServices(folders: readonly string[]): Promise<void> {
  const all = [...packages, ...folders];
  await run(node, [tsc, '-b', ...all]);
  // tsc compares sources with its build info, which lies in dist too, and does not notice that a single output is missing.
  const damaged = all.filter((folder) => missingOutputs(path.join(root, folder)).length > 0);
  if (damaged.length === 0) return;
  for (const folder of damaged) rmSync(path.join(root, folder, 'dist'), { recursive: true, force: true });
  await run(node, [tsc, '-b', ...all]);
}

/** The outputs of a project's sources that are missing or empty. */
export function missingOutputs(project: string): string[] {
  const { compilerOptions, include } = JSON.parse(readFileSync(path.join(project, 'tsconfig.json'), 'utf8')) as {
    compilerOptions: { rootDir: string; outDir: string };
    include: string[];
  };
  return include
    .flatMap((folder) =>
      readdirSync(path.join(project, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.relative(compilerOptions.rootDir, path.join(folder, file)),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !/\.(?:test|d)\.ts$/.test(file))
    .flatMap((file) => ['.js', '.d.ts'].map((ending) => file.replace(/\.ts$/, ending)))
    .map((file) => path.join(project, compilerOptions.outDir, file))
    .filter((file) => !statSync(file, { throwIfNoEntry: false })?.size);
}

/** True if the repository has pages. */
export const hasClient = (): boolean => existsSync(path.join(clientFolder, 'src/app'));

/** Throws where Next can't build the pages: Turbopack takes what follows `#` or `?` in a path for a query. */
export function requireBuildable(folder = root): void {
  if (/[#?]/.test(folder))
    throw new Error(
      `The pages can't be built in ${folder}, for # and ? in a path: move it, or start without pages (CLIENT=off).`,
    );
}

/** Builds the pages, with a log message, unless their build is complete and up to date. Throws when the build fails. */
export async function buildClient(log: (message: string) => void): Promise<void> {
  const sources = [
    'common/src/currencies.ts',
    'common/src/shapes.ts',
    'client/src',
    'client/public',
    'client/package.json',
    'client/next.config.ts',
  ];
  await ensureArtifact({
    folder: pagesFolder,
    asidePrefix,
    key: digestOfAll(root, [...sources, 'client/tsconfig.json', 'tsconfig.base.json', 'package-lock.json']),
    // Written by Next while it serves.
    volatile: ['cache', 'trace'],
    build: async (folder) => {
      log('building the pages');
      await run(node, [next, 'build'], {
        cwd: clientFolder,
        env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NEXT_DIST_DIR: path.basename(folder) },
      });
      // The compiler's cache serves the next build in the same folder, and the next one gets another folder.
      rmSync(path.join(folder, 'cache'), { recursive: true, force: true });
    },
  });
}

/** Removes everything that is built from the sources of this repository, with the compilers' build info. */
export async function removeBuilds(): Promise<void> {
  for (const entry of readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory())) {
    const folder = path.join(root, entry.name);
    if (existsSync(path.join(folder, 'tsconfig.json')))
      for (const name of ['dist', 'tsconfig.tsbuildinfo'])
        rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  rmSync(path.join(root, 'tsconfig.tests.tsbuildinfo'), { force: true });
  rmSync(pagesFolder, { recursive: true, force: true });
  await removeAbandoned(clientFolder, asidePrefix);
}

if (import.meta.main) await buildServices(parseArgs({ allowPositionals: true }).positionals);
