import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from '../local/tools.ts';

/** A source file, and every file that it imports by a relative path, directly or not; from the root of the repository. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, name = ''] of text.matchAll(/^(?:import|export)(?! type )[^;]* from '(\.[^']+)';/gm))
    withImports(path.join(path.dirname(file), name), found);
  return found;
}

it('the image of the client has every file that its page server imports', () => {
  const dockerfile = readFileSync(path.join(import.meta.dirname, 'client.Dockerfile'), 'utf8');
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const copied = lastStage
    .split('\n')
    .filter((line) => line.startsWith('COPY client/'))
    .flatMap((line) => {
      const [target = '', ...files] = line.split(' ').slice(1).reverse();
      return files.map((file) => path.join(target, path.basename(file)));
    });
  expect([...withImports('client/server.ts')].sort()).toEqual(copied.sort());
});
