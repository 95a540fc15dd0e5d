import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(path.join(tmpdir(), 'own-namespace-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a kubectl on the PATH that prints a text and exits with a code, and keeps its arguments. */
function kubectlThat(prints: string, exit = 0) {
  const file = path.join(folder, 'kubectl');
  writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/arguments"\nprintf '%s' '${prints}'\nexit ${exit}\n`);
  chmodSync(file, 0o755);
}

/** Runs the check for the overlay hot in the namespace ticketing-dev. */
function check(env: Record<string, string> = {}) {
  const script = path.join(import.meta.dirname, 'own-namespace.sh');
  const { status, stderr } = spawnSync('sh', [script, 'ticketing-dev', 'hot'], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH']}`, ...env },
  });
  return { status, stderr };
}

describe('before it deploys, skaffold', () => {
  beforeEach(() => {
    kubectlThat('');
  });

  it('accepts a namespace that does not exist', () => {
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  it('accepts the namespace of the same overlay', () => {
    kubectlThat('ticketing-dev hot');
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  it('refuses a namespace with another overlay, which Ctrl-C would delete', () => {
    kubectlThat('ticketing-dev dev');
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The namespace ticketing-dev holds the overlay dev, not hot: .*\n$/);
  });

  it('refuses a namespace that is not of this project', () => {
    kubectlThat('ticketing-dev ');
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The namespace ticketing-dev is not of this project: .*\n$/);
  });

  it('looks in the cluster that skaffold deploys to', () => {
    check({ SKAFFOLD_KUBE_CONTEXT: 'kind-other' });
    const args = readFileSync(path.join(folder, 'arguments'), 'utf8').split('\n');
    expect(args.slice(0, 2)).toEqual(['--context', 'kind-other']);
    check();
    expect(readFileSync(path.join(folder, 'arguments'), 'utf8')).not.toContain('--context');
  });

  it('can render without a cluster', () => {
    kubectlThat('', 1);
    expect(check().status).toBe(0);
  });
});
