import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { root } from '../infra/local/tools.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-words-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Checks a text by the word list of cspell.config.yaml. */
function check(name: string, text: string): { status: number | null; found: string[] } {
  writeFileSync(path.join(folder, name), text);
  const config = path.join(root, 'cspell.config.yaml');
  const { status, stdout } = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules/cspell/bin.mjs'), 'lint', '--no-cache', '--quiet', '--config', config, name],
    { cwd: folder, encoding: 'utf8' },
  );
  return { status, found: [...stdout.matchAll(/Forbidden word \((\w+)\)/g)].map((match) => match[1] ?? '') };
}

// Put together here, because this file is checked as well.
const banned = ['s-ay', 'h-ear', 'an-ew'].map((word) => word.replace('-', ''));
const [first = '', second = '', third = ''] = banned;

describe('the word list', () => {
  it('fails a text with a banned word, also within an identifier', () => {
    const text = `// Once more, ${third}.\nexport const ${first}Again = 1;\nexport const ${second}Order = 2;\n`;
    expect(check('bad.ts', text)).toEqual({ status: 1, found: [third, first, second] });
  });

  it('passes all other words, also unknown ones', () => {
    expect(check('good.md', 'The essay about publishing reaches xyzzy.\n')).toEqual({ status: 0, found: [] });
  });
});
