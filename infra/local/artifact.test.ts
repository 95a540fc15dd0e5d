import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { digestOfAll, ensureArtifact, removeAbandoned, removeIfDamaged } from './artifact.ts';

let parent: string;
let builds: number;

beforeEach(() => {
  parent = mkdtempSync(path.join(os.tmpdir(), 'ticketing-artifact-'));
  builds = 0;
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const folder = () => path.join(parent, 'program');
const file = (name: string) => path.join(folder(), name);

const ensure = (key: string, build: (folder: string) => void | Promise<void> = () => undefined) =>
  ensureArtifact({
    folder: folder(),
    asidePrefix: '.building-',
    key,
    volatile: ['cache'],
    build: async (aside) => {
      builds++;
      mkdirSync(path.join(aside, 'lib'));
      mkdirSync(path.join(aside, 'cache'));
      writeFileSync(path.join(aside, 'lib/code'), `built from ${key}`);
      writeFileSync(path.join(aside, 'cache/some'), '1');
      await build(aside);
    },
  });

describe('an artifact', () => {
  it('is built once for each key', async () => {
    await ensure('a');
    await ensure('a');
    expect(builds).toBe(1);
    await ensure('b');
    expect(readFileSync(file('lib/code'), 'utf8')).toBe('built from b');
    expect(readdirSync(parent)).toEqual(['program']);
  });

  it('is rebuilt when one of its files is missing or truncated, but not for files that change in use', async () => {
    await ensure('a');
    rmSync(file('cache'), { recursive: true });
    await ensure('a');
    expect(builds).toBe(1);
    writeFileSync(file('lib/code'), '');
    await ensure('a');
    rmSync(file('lib'), { recursive: true });
    await ensure('a');
    expect(builds).toBe(3);
  });

  it('is unchanged when a build fails', async () => {
    await ensure('a');
    const failed = ensure('b', () => {
      throw new Error('no compiler');
    });
    await expect(failed).rejects.toThrow('no compiler');
    expect(readFileSync(file('lib/code'), 'utf8')).toBe('built from a');
    expect(readdirSync(parent)).toEqual(['program']);
  });

  it('is not replaced by a slower concurrent build', async () => {
    await ensure('a', async (aside) => {
      writeFileSync(path.join(aside, 'slow'), '');
      await ensure('a', () => {
        expect(existsSync(aside)).toBe(true);
      });
    });
    expect(builds).toBe(2);
    expect(existsSync(file('slow'))).toBe(false);
    expect(readdirSync(parent)).toEqual(['program']);
  });

  it('is built again after a build was killed half-way, and cleared of its leftovers, not of the folder of a running one', async () => {
    const script = [
      `import { writeFileSync } from 'node:fs';`,
      `import { ensureArtifact } from ${JSON.stringify(new URL('artifact.ts', import.meta.url))};`,
      `const build = (aside) => {`,
      `  writeFileSync(aside + '/half', 'a part of a download');`,
      `  process.kill(process.pid, 'SIGKILL');`,
      `  return new Promise(() => {});`,
      `};`,
      `await ensureArtifact({ folder: process.argv[1], asidePrefix: '.building-', key: 'a', build });`,
    ].join('\n');
    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script, folder()]);
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(folder())).toBe(false);
    expect(readdirSync(parent)).toHaveLength(1);
    await ensure('a', async () => {
      await removeAbandoned(parent, '.building-');
      expect(readdirSync(parent)).toHaveLength(1);
    });
    expect(readdirSync(parent)).toEqual(['program']);
    expect(existsSync(file('half'))).toBe(false);
    expect(readFileSync(file('lib/code'), 'utf8')).toBe('built from a');
  });

  it('is removed when a byte of it has changed, or when it is incomplete', async () => {
    await ensure('a');
    await removeIfDamaged(folder());
    expect(existsSync(folder())).toBe(true);
    writeFileSync(file('lib/code'), 'built from b');
    await removeIfDamaged(folder());
    expect(existsSync(folder())).toBe(false);
    mkdirSync(folder());
    await removeIfDamaged(folder());
    expect(existsSync(folder())).toBe(false);
  });
});

describe('a digest of sources', () => {
  it('changes with their contents, names and number, not with their dates', () => {
    mkdirSync(path.join(parent, 'src'));
    writeFileSync(path.join(parent, 'src/a'), '1');
    const digest = () => digestOfAll(parent, ['src', 'absent']);
    const before = digest();
    writeFileSync(path.join(parent, 'src/a'), '1');
    expect(digest()).toBe(before);
    writeFileSync(path.join(parent, 'src/b'), '');
    expect(digest()).not.toBe(before);
  });
});
