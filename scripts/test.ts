import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onPath, root, run } from '../infra/local/tools.ts';

type Count = { passed: number; failed: number };

const bin = (name: string): string => path.join(root, 'node_modules', name);

/** Each is a program of its own, so that every one that fails is seen at once. */
const checks: Record<string, string[]> = {
  types: [bin('typescript/bin/tsc'), '-b'],
  'types of the client': [bin('typescript/bin/tsc'), '-p', 'client'],
  lint: [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
  format: [bin('prettier/bin/prettier.cjs'), '--check', '.'],
};

/** Runs a Node program with its output live; resolves with its exit code. */
function node(args: string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', forward).on('SIGINT', forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGTERM', forward).off('SIGINT', forward);
      resolve(code ?? 1);
    });
  });
}

/** Runs the checks; one that fails counts as a failed test. */
async function runChecks(): Promise<Count> {
  let failed = 0;
  for (const [name, args] of Object.entries(checks)) {
    console.log(`\n== ${name}`);
    if ((await node(args)) !== 0) failed++;
  }
  return { passed: 0, failed };
}

/** Runs Jest with a configuration and counts by its own report. */
async function runJest(config: string): Promise<Count> {
  console.log(`\n== jest -c ${config}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin('jest/bin/jest.js')];
    const code = await node([...jest, '-c', config, '--json', `--outputFile=${report}`]);
    return count(existsSync(report) ? readFileSync(report, 'utf8') : '{}', code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Adds up a report of Jest. A suite that can't run has no tests to count, nor has a Jest that fails by itself. */
export function count(report: string, exitCode: number): Count {
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = JSON.parse(report) as Partial<Record<'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites', number>>;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

/** Programs that tests drive, by Debian's names: installed when they are missing and may be. */
async function installPrograms(): Promise<void> {
  const missing = ['redis-server', 'chromium'].filter((program) => !onPath(program));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    console.log(`Some tests need ${missing.join(' and ')}: install it, or run as root where there is apt.`);
    return;
  }
  console.log(`Installing ${missing.join(' and ')} with apt.`);
  const install = `apt-get update -q && apt-get install -qy --no-install-recommends ${missing.join(' ')}`;
  await run('sh', ['-c', install], { env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } });
}

type Scope = 'all' | 'check' | 'cluster';

async function main(scope: Scope): Promise<void> {
  if (scope === 'cluster' && !process.env['CLUSTER_URL'])
    throw new Error('Set CLUSTER_URL to the address by which visitors come in, such as http://127.0.0.1:3000.');
  const counts = scope === 'cluster' ? [] : [await runChecks()];
  if (scope !== 'check') await installPrograms();
  if (scope === 'all') counts.push(await runJest('jest.config.js'));
  if (scope !== 'check') counts.push(await runJest('e2e/jest.config.js'));
  const passed = counts.reduce((sum, one) => sum + one.passed, 0);
  const failed = counts.reduce((sum, one) => sum + one.failed, 0);
  if (failed > 0) process.exitCode = 1;
  if (scope !== 'check') console.log(`\n${passed} passed, ${failed} failed`);
}

if (import.meta.main) {
  try {
    await main((process.argv[2] ?? 'all') as Scope);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
