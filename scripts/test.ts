import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hasPip } from '../infra/local/kubernetes-validate.ts';
import { aptInstall, onPath, root, run } from '../infra/local/tools.ts';
import { buildClient } from './stack/build.ts';

type Count = { passed: number; failed: number };

const bin = (name: string): string => path.join(root, 'node_modules', name);

/** Also compiles what the other checks and the tests import. */
const types = [bin('typescript/bin/tsc'), '-b'];

/** The checks beside the types, for `make check`, `make test` and `npm run check`. Separate programs, so that all failures show. */
const checks: Record<string, string[]> = {
  'types of the client': [bin('typescript/bin/tsc'), '-p', 'client'],
  lint: [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
  format: [bin('prettier/bin/prettier.cjs'), '--check', '.'],
  words: [bin('cspell/bin.mjs'), 'lint', '--no-progress', '--quiet'],
};

/**
 * Runs a Node program and resolves with its exit code. Its output is live, or passed to `onOutput` when it ends. A
 * signal to this process ends both.
 */
function node(args: string[], onOutput?: (text: string) => void): Promise<number> {
  // Jest sets NODE_ENV only where it isn't set; tests must not depend on the caller's.
  const { NODE_ENV: _, ...env } = process.env;
  const stdio = onOutput ? 'pipe' : 'inherit';
  const end = (signal: NodeJS.Signals) => {
    child.once('exit', () => process.exit(1));
    child.kill(signal);
  };
  // Before the child starts: a signal in between would end this process and leave the child running.
  process.on('SIGTERM', end).on('SIGINT', end);
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['inherit', stdio, stdio] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGTERM', end).off('SIGINT', end);
      onOutput?.(output);
      resolve(code ?? 1);
    });
  });
}

const failedUnless = (ok: boolean): Count => ({ passed: 0, failed: ok ? 0 : 1 });

async function runTypes(): Promise<Count> {
  console.log('\n== types');
  return failedUnless((await node(types)) === 0);
}

/** Builds the pages once, before end-to-end tests that run beside each other would each do it. */
async function buildPages(): Promise<Count> {
  try {
    await buildClient((message) => {
      console.log(`\n== ${message}`);
    });
    return failedUnless(true);
  } catch (error) {
    console.error((error as Error).message);
    return failedUnless(false);
  }
}

/** Runs the checks, one after another, and shows the output of each when it has ended; one that fails counts as a failed test. */
async function runChecks(): Promise<Count[]> {
  const counts: Count[] = [];
  for (const [name, args] of Object.entries(checks)) {
    const code = await node(args, (output) => {
      console.log(`\n== ${name}\n${output}`.trimEnd());
    });
    counts.push(failedUnless(code === 0));
  }
  return counts;
}

/** Runs the tests of a scope, one suite after another. */
async function runTests(scope: Scope): Promise<Count[]> {
  await installPackages();
  const counts: Count[] = [];
  if (scope === 'all') counts.push(await runJest('jest.config.js'), await buildPages());
  if (scope === 'all' || scope === 'cluster') counts.push(await runJest('e2e/jest.config.js'));
  if (scope === 'api') process.env['API_EXAMPLES'] = '80';
  if (scope === 'edge' || scope === 'api') counts.push(await runJest('e2e/jest.config.js', `e2e/${scope}`));
  return counts;
}

/** Runs Jest with a configuration, on all its tests or on those in a folder, and counts by its own report. */
async function runJest(config: string, ...folder: string[]): Promise<Count> {
  console.log(`\n== ${['jest', '-c', config, ...folder].join(' ')}`);
  const reports = mkdtempSync(path.join(os.tmpdir(), 'ticketing-test-'));
  const report = path.join(reports, 'report.json');
  try {
    const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin('jest/bin/jest.js')];
    const code = await node([...jest, '-c', config, '--json', `--outputFile=${report}`, ...folder]);
    return count(existsSync(report) ? readFileSync(report, 'utf8') : '{}', code);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** Counts the tests in a report of Jest. A suite that can't run, or a Jest that fails by itself, counts as one failed test. */
export function count(report: string, exitCode: number): Count {
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = JSON.parse(report) as Partial<Record<'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites', number>>;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

/** The Debian packages that tests need, and whether this machine has them. */
const packages: Record<string, () => boolean | Promise<boolean>> = {
  'redis-server': () => onPath('redis-server') !== undefined,
  chromium: () => onPath('chromium') !== undefined,
  // Makes the certificates of tests with TLS.
  openssl: () => onPath('openssl') !== undefined,
  // Its promtool tests the alerts.
  prometheus: () => onPath('promtool') !== undefined,
  // For the mongod that is fetched from PyPI.
  libcurl4: () => hasLibrary('libcurl.so.4'),
  'python3-pip': () => hasPip(),
};

/** True if the linker finds a library; also where there is no ldconfig, which is not Debian. */
const hasLibrary = (name: string): Promise<boolean> =>
  run('/sbin/ldconfig', ['-p']).then(
    (libraries) => libraries.includes(name),
    () => true,
  );

/** Installs the missing packages, or prints their names. */
async function installPackages(): Promise<void> {
  const missing: string[] = [];
  for (const [name, isInstalled] of Object.entries(packages)) if (!(await isInstalled())) missing.push(name);
  if (missing.length > 0 && !(await aptInstall(missing)))
    console.log(`Some tests need ${missing.join(', ')}: install them, or run as root where there is apt.`);
}

const scopes = ['all', 'api', 'check', 'cluster', 'edge'] as const;
type Scope = (typeof scopes)[number];

/** The scope in the arguments, `all` without one. Throws for an unknown one. */
function readScope(): Scope {
  const [name = 'all'] = parseArgs({ allowPositionals: true }).positionals;
  const scope = scopes.find((one) => one === name);
  if (scope === undefined) throw new Error(`usage: node scripts/test.ts [${scopes.join('|')}]`);
  return scope;
}

async function main(scope: Scope): Promise<void> {
  if (scope === 'cluster' && !process.env['CLUSTER_URL'])
    throw new Error('Set CLUSTER_URL to the address of the marketplace in the cluster, such as http://127.0.0.1:3000.');
  const checked = scope === 'all' || scope === 'check';
  const counts = checked ? [await runTypes()] : [];
  // Tests wait more than they work, so the checks run beside them.
  const rest: Promise<Count[]>[] = [];
  if (checked) rest.push(runChecks());
  if (scope !== 'check') rest.push(runTests(scope));
  counts.push(...(await Promise.all(rest)).flat());
  const passed = counts.reduce((sum, one) => sum + one.passed, 0);
  const failed = counts.reduce((sum, one) => sum + one.failed, 0);
  if (failed > 0) process.exitCode = 1;
  if (scope !== 'check') console.log(`\n${passed} passed, ${failed} failed`);
}

if (import.meta.main) {
  try {
    await main(readScope());
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
