import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../infra/local/tools.ts';
import { services } from './services.ts';

describe('services.json', () => {
  it('names every folder with a program, except the sandbox', () => {
    const programs = readdirSync(root).filter((folder) => existsSync(path.join(root, folder, 'src/main.ts')));
    expect(programs.sort()).toEqual([...services, 'sandbox'].sort());
  });

  it('agrees with the manifests, the workspace, the Dockerfiles and skaffold.yaml', () => {
    const script = path.join(import.meta.dirname, 'generate.ts');
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});
