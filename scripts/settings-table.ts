import { readFileSync } from 'node:fs';
import path from 'node:path';
import { services } from './services.ts';

const everything = [...services, 'sandbox', 'router', 'client'];

/** The processes that read each setting, as the table of docs/settings.md has them. */
export function documentedReaders(): Map<string, string[]> {
  const table = readFileSync(path.join(import.meta.dirname, '../docs/settings.md'), 'utf8');
  return new Map(
    [...table.matchAll(/^\| `(\w+)` +\|[^|]*\| ([^|]+?) +\|/gm)].map(([, name = '', of = '']) => {
      const words = of.split(/[^a-z` ]+/).flatMap((part) => part.trim().split(' '));
      return [name, words.flatMap((word) => (word === 'services' ? services : word === 'every' ? everything : [word]))];
    }),
  );
}
