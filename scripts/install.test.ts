import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually } from '@ticketing/core/testing';

let root: string;
const at = (file: string) => path.join(root, file);

/** A program in shell, at a path in the folder. */
function program(file: string, ...lines: string[]): void {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 });
}

const nodeOf = (version: string) =>
  `printf '#!/bin/sh\\necho v${version}' > node_modules/node/bin/node && chmod +x node_modules/node/bin/node`;

const done = 'mkdir -p node_modules/.bin node_modules/node/bin; cp package-lock.json node_modules/.package-lock.json';

/** Writes a lockfile that asks for a version of a package. */
function lock(version: string): void {
  const packages = {
    'node_modules/one': { version },
    'node_modules/other-machine': { version: '1.0.0', optional: true },
  };
  writeFileSync(at('package-lock.json'), JSON.stringify({ packages }));
}

/** Installs a fake `npm` that runs these commands for `ci` and `rebuild`, and records its calls. */
const npm = ({ ci = done, rebuild = nodeOf('24.1.0') }) => {
  program('bin/npm', 'PATH=/usr/bin:/bin', 'echo "$@" >> calls', `case $1 in ci) ${ci};; rebuild) ${rebuild};; esac`);
};

const options = () => ({ cwd: root, env: { PATH: at('bin') }, encoding: 'utf8' as const });
const install = () => spawnSync(process.execPath, [at('scripts/install.js')], options());
const calls = () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []);
const isMarked = () => existsSync(at('node_modules/.installed'));

const until = (condition: () => boolean): Promise<boolean> => eventually(condition, Boolean);

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'ticketing install '));
  mkdirSync(at('scripts'));
  copyFileSync(path.join(import.meta.dirname, 'install.js'), at('scripts/install.js'));
  writeFileSync(at('package.json'), '{"type":"module"}');
  lock('1.0.0');
  // The machine's own Node is too old.
  program('bin/node', 'echo v20.0.0');
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the installation', () => {
  it('is independent of npm settings, provides its own Node, and runs once', () => {
    npm({});
    expect(install().status).toBe(0);
    expect(calls()[0]).toMatch(/^ci --ignore-scripts --include=dev /);
    expect(calls()[1]).toMatch(/^rebuild node --ignore-scripts=false /);
    expect(readlinkSync(at('node_modules/.bin/node'))).toBe('../node/bin/node');
    expect(isMarked()).toBe(true);
    expect(install().status).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  it('is repeated when the lockfile has changed', () => {
    npm({});
    install();
    lock('1.0.1');
    install();
    expect(calls().filter((call) => call.startsWith('ci'))).toHaveLength(2);
  });

  it('rebuilds Node alone where nothing else is missing', () => {
    npm({});
    install();
    rmSync(at('node_modules/node/bin/node'));
    expect(install().status).toBe(0);
    expect(calls().map((call) => call.split(' ')[0])).toEqual(['ci', 'rebuild', 'rebuild']);
  });

  it('is repeated completely where Node cannot be rebuilt alone', () => {
    npm({});
    install();
    rmSync(at('node_modules/node'), { recursive: true });
    expect(install().status).toBe(0);
    expect(calls().map((call) => call.split(' ')[0])).toEqual(['ci', 'rebuild', 'rebuild', 'ci', 'rebuild']);
  });

  it('accepts a complete installation that was made by hand', () => {
    npm({});
    install();
    lock('1.0.1');
    copyFileSync(at('package-lock.json'), at('node_modules/.package-lock.json'));
    rmSync(at('node_modules/.installed'));
    expect(install().status).toBe(0);
    expect(isMarked()).toBe(true);
    expect(calls()).toHaveLength(2);
    writeFileSync(at('node_modules/.package-lock.json'), '{"packages":{}}');
    install();
    expect(calls()).toHaveLength(3);
  });

  it("uses the machine's Node where the package's is unavailable, if it is new enough", () => {
    npm({ rebuild: 'exit 1' });
    program('bin/node', 'echo v26.1.0');
    expect(install().status).toBe(0);
    expect(readlinkSync(at('node_modules/.bin/node'))).toBe(at('bin/node'));
  });

  it('fails in one line without a Node that is new enough, and is tried again next time', () => {
    npm({ rebuild: 'exit 1' });
    const { status, stderr } = install();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        "Node.js 24 can't be had from npm here (package node): install Node.js 24 or newer, and run make again.\n",
    });
    expect(isMarked()).toBe(false);
    npm({});
    expect(install().status).toBe(0);
    expect(isMarked()).toBe(true);
  });

  it('is incomplete when npm fails, even after a complete one', () => {
    npm({});
    install();
    npm({ ci: 'exit 1' });
    lock('1.0.1');
    expect(install().status).toBe(1);
    expect(isMarked()).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends all children of npm on %s', async (signal) => {
    npm({ ci: '(trap "" INT; exec sleep 60) & echo $! > sleeper; wait' });
    const running = spawn(process.execPath, [at('scripts/install.js')], { ...options(), stdio: 'ignore' });
    const ended = once(running, 'exit');
    await until(() => existsSync(at('sleeper')) && readFileSync(at('sleeper'), 'utf8') !== '');
    running.kill(signal);
    expect(await ended).toEqual([1, null]);
    const sleeper = Number(readFileSync(at('sleeper'), 'utf8'));
    const isGone = () => {
      try {
        // A zombie is a process until its new parent reaps it.
        return readFileSync(`/proc/${sleeper}/stat`, 'utf8').includes(') Z ');
      } catch {
        return true;
      }
    };
    await until(isGone);
    expect(isMarked()).toBe(false);
  });
});
