/**
 * `make bugs`: plants each of the known mistakes in proof/bugs in a copy of the sources and checks whether the proof
 * catches it. ONLY=name,name plants only these.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { busServices, packages } from '../scripts/services.ts';
import { runBatch } from './simulation/batch.ts';

const root = path.join(import.meta.dirname, '..');
/** Inside the repository, so that Node finds its packages. */
const copies = path.join(root, '.ticketing/bugs');
/** The result of the last run of all of them, for the report of the proof. */
const resultFile = path.join(root, '.ticketing/bugs.json');
const MAX_RUNS = 2000;
const run = promisify(execFile);

export interface Bug {
  name: string;
  patch: string;
  /** What is wrong, in a sentence. */
  title: string;
  check: 'simulation' | 'contract';
}

export interface Catch {
  bug: Bug;
  /** What caught it; undefined if nothing did. */
  caughtBy: string | undefined;
  runs: number;
  seconds: number;
}

/** A mistake and what caught it, as stored. */
export type Caught = Pick<Bug, 'name' | 'title'> & Pick<Catch, 'caughtBy' | 'runs'>;

/** The result of the last `make bugs` on this machine; empty if there was none. */
export const lastCaught = (): readonly Caught[] =>
  existsSync(resultFile) ? (JSON.parse(readFileSync(resultFile, 'utf8')) as Caught[]) : [];

/** The mistakes that can be planted, sorted by name. */
export const bugs: readonly Bug[] = globSync('*.patch', { cwd: path.join(import.meta.dirname, 'bugs') })
  .sort()
  .map((file) => {
    const patch = path.join(import.meta.dirname, 'bugs', file);
    const [title = '', by = ''] = readFileSync(patch, 'utf8').split('\n');
    const check = by.endsWith('contract') ? 'contract' : 'simulation';
    return { name: path.basename(file, '.patch'), patch, title, check };
  });

/** Copies the sources and applies the mistake. Returns the folder of the copy. */
async function plant({ name, patch }: Bug): Promise<string> {
  const copy = path.join(copies, name);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(path.join(copy, 'node_modules/@ticketing'), { recursive: true });
  for (const part of [...packages, ...busServices, 'proof/simulation', 'e2e/support', 'infra/local'])
    cpSync(path.join(root, part), path.join(copy, part), {
      recursive: true,
      filter: (file) => !/\/(dist|node_modules)$/.test(file),
    });
  cpSync(path.join(root, 'package.json'), path.join(copy, 'package.json'));
  for (const name of packages) symlinkSync(`../../${name}`, path.join(copy, `node_modules/@ticketing/${name}`));
  // Otherwise git would apply the paths to the repository around the copy.
  await run('git', ['apply', patch], { cwd: copy, env: { ...process.env, GIT_CEILING_DIRECTORIES: copies } });
  return copy;
}

/** Runs the contract suite of the bus on the copy. Returns the test that failed, if any. */
async function contractCatches(copy: string): Promise<string | undefined> {
  const { default: jestConfig } = (await import(pathToFileURL(path.join(root, 'jest.config.js')).href)) as {
    default: object;
  };
  const config = {
    ...jestConfig,
    rootDir: copy,
    testMatch: ['<rootDir>/core/test/bus.contract.test.ts'],
    modulePathIgnorePatterns: [],
    testEnvironment: path.join(root, 'proof/first-failure.js'),
    globalSetup: null,
    globalTeardown: null,
  };
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  try {
    await run(process.execPath, [...options, jest, '--bail', '--config', JSON.stringify(config)], { cwd: copy });
    return undefined;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    return `contract: ${/● (.+)/.exec(stderr)?.[1] ?? 'the suite does not run'}`;
  }
}

/** Plants a mistake and checks whether anything catches it. */
export async function tryBug(bug: Bug, { workers }: { workers?: number } = {}): Promise<Catch> {
  const began = performance.now();
  const copy = await plant(bug);
  try {
    const seconds = () => (performance.now() - began) / 1000;
    if (bug.check === 'contract') {
      const caughtBy = await contractCatches(copy);
      return { bug, caughtBy, runs: 1, seconds: seconds() };
    }
    const { failure, runs } = await runBatch({
      root: copy,
      runs: MAX_RUNS,
      from: 1,
      ...(workers !== undefined && { workers }),
    });
    // Seeds start at 1, so the seed is also the number of the run.
    return { bug, caughtBy: failure?.violation, runs: failure ? Number(failure.seed) : runs, seconds: seconds() };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const only = process.env['ONLY']?.split(',').filter((name) => name !== '') ?? [];
  const chosen = only.length > 0 ? bugs.filter(({ name }) => only.includes(name)) : bugs;
  const all: Caught[] = [];
  console.log('| mistake | what is wrong | runs | caught by |\n| --- | --- | --- | --- |');
  for (const bug of chosen) {
    const { caughtBy, runs } = await tryBug(bug);
    all.push({ name: bug.name, title: bug.title, caughtBy, runs });
    console.log(`| \`${bug.name}\` | ${bug.title} | ${runs} | ${caughtBy ?? '**nothing**'} |`);
  }
  if (only.length === 0) writeFileSync(resultFile, JSON.stringify(all));
  const caught = all.filter(({ caughtBy }) => caughtBy !== undefined).length;
  console.log(`\n${caught} of ${all.length} planted mistakes are caught.`);
  if (caught < all.length) process.exitCode = 1;
}

if (import.meta.main) await main();
