import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { missingOutputs, requireBuildable } from './build.ts';

let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(os.tmpdir(), 'ticketing-build-'));
  const files = { 'src/main.ts': '', 'src/routes/one.ts': '', 'src/one.test.ts': '', 'src/globals.d.ts': '' };
  const outputs = {
    'dist/main.js': 'x',
    'dist/main.d.ts': 'x',
    'dist/routes/one.js': 'x',
    'dist/routes/one.d.ts': 'x',
  };
  const config = { compilerOptions: { rootDir: 'src', outDir: 'dist' }, include: ['src'] };
  for (const [name, text] of Object.entries({ ...files, ...outputs, 'tsconfig.json': JSON.stringify(config) })) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    writeFileSync(path.join(project, name), text);
  }
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

describe('missingOutputs', () => {
  it('finds nothing missing in a complete build', () => {
    expect(missingOutputs(project)).toEqual([]);
  });

  it('finds missing files, empty files and a missing build', () => {
    rmSync(path.join(project, 'dist/main.d.ts'));
    writeFileSync(path.join(project, 'dist/routes/one.js'), '');
    expect(
      missingOutputs(project)
        .map((file) => path.relative(project, file))
        .sort(),
    ).toEqual(['dist/main.d.ts', 'dist/routes/one.js']);
    rmSync(path.join(project, 'dist'), { recursive: true });
    expect(missingOutputs(project)).toHaveLength(4);
  });
});

describe('requireBuildable', () => {
  it('refuses, in one line, a path that Next cannot build in', () => {
    for (const folder of ['/srv/ticketing #2', '/srv/what?'])
      expect(() => {
        requireBuildable(folder);
      }).toThrow(/^The pages can't be built in [^\n]+$/);
    requireBuildable("/srv/100% sure (2) it's fine/ticketing");
  });
});
