import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const source = path.join(import.meta.dirname, '../src');

/** What each file imports, by the path from src. */
const imports = globSync('**/*.{ts,tsx}', { cwd: source }).flatMap((file) =>
  [...readFileSync(path.join(source, file), 'utf8').matchAll(/(?:\bfrom|\bimport|\bimport\() ?'([^']+)'/g)].map(
    ([, specifier = '']) => ({
      file,
      target: specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : specifier.replace(/^@\//, ''),
    }),
  ),
);

const offenders = (isWrong: (file: string, target: string) => boolean): string[] =>
  imports.filter(({ file, target }) => isWrong(file, target)).map(({ file, target }) => `${file}: ${target}`);

describe('the folders of src', () => {
  it('depend on each other in one direction: app, components, then ui, lib and api', () => {
    const layers = ['api', 'lib', 'ui', 'components', 'app'];
    const layerOf = (file: string) => layers.indexOf(file.split('/')[0] ?? '');
    expect(offenders((file, target) => layerOf(file) !== -1 && layerOf(target) > layerOf(file))).toEqual([]);
  });

  it('keep page parts to their own pages', () => {
    const ownerOf = (target: string) => /^(.*?)\/?_\w+\//.exec(target)?.[1];
    expect(
      offenders((file, target) => {
        const owner = target.startsWith('app/') ? ownerOf(target) : undefined;
        return owner !== undefined && !file.startsWith(`${owner}/`);
      }),
    ).toEqual([]);
  });

  it('have one link, which loads nothing before it is followed', () => {
    expect(offenders((file, target) => target === 'next/link' && file !== 'ui/link.tsx')).toEqual([]);
  });

  it('have one caller of the API', () => {
    expect(offenders((file, target) => target === 'axios' && file !== 'api/http.ts')).toEqual([]);
  });

  it('render a page again after a form in one place, which leaves it as it is while a service is down', () => {
    const callers = globSync('**/*.{ts,tsx}', { cwd: source }).filter((file) =>
      /\brefresh\b[^;]*from 'next\/cache'/.test(readFileSync(path.join(source, file), 'utf8')),
    );
    expect(callers.sort()).toEqual(['lib/failed-on-page.ts', 'lib/render-again.ts']);
  });

  it('leave the length of a text to the API: browsers count UTF-16, and before it is composed', () => {
    const limited = globSync('**/*.tsx', { cwd: source }).filter((file) =>
      readFileSync(path.join(source, file), 'utf8').includes('maxLength='),
    );
    expect(limited).toEqual([]);
  });

  it('call the API for a visitor with their address, except where a page is the same for everybody', () => {
    const callers = globSync('**/*.{ts,tsx}', { cwd: source }).filter((file) =>
      readFileSync(path.join(source, file), 'utf8').includes('apiUrl()'),
    );
    expect(callers.sort()).toEqual([
      'app/sitemap.ts',
      'app/tickets/[id]/opengraph-image.tsx',
      'lib/visitor-options.ts',
    ]);
  });
});
