// Installs the packages, and the Node that everything else here runs on. Plain JavaScript, because it runs on any older Node.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const neededMajor = 24;
const marker = path.join(root, 'node_modules/.installed');
const nodeLink = path.join(root, 'node_modules/.bin/node');

/** Runs npm in a process group of its own, because its children don't forward signals. Resolves with its exit code. */
function npm(args, stdio) {
  return new Promise((resolve, reject) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const kill = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // All have ended.
      }
    };
    const stop = () => {
      kill('SIGTERM');
      setTimeout(kill, 1_000, 'SIGKILL');
      child.once('close', () => {
        kill('SIGKILL');
        process.exit(1);
      });
    };
    // Before npm starts: a signal in between would end this process and leave npm running.
    for (const signal of signals) process.on(signal, stop);
    const child = spawn('npm', args, { cwd: root, stdio, detached: true });
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of signals) process.off(signal, stop);
      resolve(code);
    });
  });
}

/** True if this program runs and is a Node that runs TypeScript. */
function isNewEnough(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0) >= neededMajor;
}

/**
 * True if npm has completed an installation, by make or by hand, of what the lockfile asks for. npm writes its own list
 * at the end of an installation; optional packages may be for other platforms.
 */
function hasPackages() {
  const wanted = Object.entries(packagesIn('package-lock.json')).filter(
    ([name, { optional, devOptional }]) => name.startsWith('node_modules/') && !optional && !devOptional,
  );
  const installed = packagesIn('node_modules/.package-lock.json');
  return wanted.every(([name, { version }]) => name in installed && installed[name].version === version);
}

function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(path.join(root, lockfile), 'utf8')).packages;
  } catch {
    return {};
  }
}

/**
 * Puts a Node at node_modules/.bin/node: the one of the package `node`, else the machine's if that is new enough. False
 * if there is neither.
 */
async function provideNode() {
  const own = path.join(root, 'node_modules/node/bin/node');
  if (!isNewEnough(own)) await npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=silent'], 'ignore');
  const others = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'node'));
  const found = [own, ...others].find(
    (program) => program !== nodeLink && isExecutable(program) && isNewEnough(program),
  );
  if (!found) return false;
  mkdirSync(path.dirname(nodeLink), { recursive: true });
  rmSync(nodeLink, { force: true });
  symlinkSync(found === own ? '../node/bin/node' : found, nodeLink);
  return true;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Independent of npm's settings and NODE_ENV: with development packages, under any Node, and without install scripts,
 * of which only Node's own is needed.
 */
const ci = [
  'ci',
  '--ignore-scripts',
  '--include=dev',
  '--include=optional',
  '--engine-strict=false',
  '--loglevel=error',
  '--no-update-notifier',
];

async function installAll() {
  if (hasPackages() && (isNewEnough(nodeLink) || (await provideNode()))) return;
  rmSync(marker, { force: true });
  console.log('installing packages with npm');
  if ((await npm(ci, ['ignore', 'inherit', 'inherit'])) !== 0)
    throw new Error('npm could not install the packages, for the reason above: make tries again.');
  if (!(await provideNode()))
    throw new Error(
      `Node.js ${neededMajor} can't be had from npm here (package node): install Node.js ${neededMajor} or newer, and run make again.`,
    );
}

try {
  await installAll();
  writeFileSync(marker, '');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
