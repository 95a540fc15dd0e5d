import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../local/tools.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Package {
  exports?: Record<string, { source?: string }>;
  dependencies?: Record<string, string>;
}
const manifestOf = (folder: string) => JSON.parse(read(`${folder}/package.json`)) as Package;

/** The source of an import of a shared package, such as `@ticketing/runtime/server`; undefined for other packages. */
function sharedSource(specifier: string): string | undefined {
  const [, name, entry] = /^@ticketing\/(\w+)(\/.*)?$/.exec(specifier) ?? [];
  const source = name && manifestOf(name).exports?.[`.${entry ?? ''}`]?.source;
  return source && path.join(name, source);
}

/** The files that run when `file` does, from the root of the repository, and the packages that they import, directly or not. */
function running(file: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(file)) return { files, packages };
  files.add(file);
  const imports = read(file).matchAll(/^(?:import|export)(?! type )[^;]* from '([^']+)';|\bimport\('([^']+)'\)/gm);
  for (const [, fixed, dynamic] of imports) {
    const specifier = fixed ?? dynamic ?? '';
    const source = specifier.startsWith('.') ? path.join(path.dirname(file), specifier) : sharedSource(specifier);
    if (source !== undefined) running(source, files, packages);
    else if (!specifier.startsWith('node:')) addPackage(packageOf(specifier), packages);
  }
  return { files, packages };
}

/** The name of a package in an import: `@scope/name` or `name`, without the path inside it. */
const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

function addPackage(name: string, packages: Set<string>): void {
  if (packages.has(name)) return;
  packages.add(name);
  // The build of the pages brings what Next needs.
  if (name === 'next') return;
  for (const needed of Object.keys(manifestOf(`node_modules/${name}`).dependencies ?? {})) addPackage(needed, packages);
}

/** The last stage of a Dockerfile, or the one of this name. */
function stage(dockerfile: string, name?: string): string {
  const stages = read(`infra/docker/${dockerfile}.Dockerfile`).split(/^(?=FROM )/m);
  const found =
    name === undefined ? stages.at(-1) : stages.find((text) => text.split('\n')[0]?.endsWith(` AS ${name}`));
  return found ?? '';
}

const images = [
  { name: 'client', start: 'client/server.ts', text: stage('client') },
  { name: 'router', start: 'infra/local/router/main.ts', text: stage('router', 'router') },
];

describe.each(images)('the image of the $name', ({ name, start, text }) => {
  const { files, packages } = running(start);

  it('has every package that runs in it, also those that only load with a setting', () => {
    const copied = [...text.matchAll(/^COPY --from=\w+ \/app\/node_modules\/(\S+) node_modules\/\1$/gm)].map(
      ([, folder = '']) => folder,
    );
    const provided = name === 'client' ? ['next'] : [];
    // A scope is copied as a whole.
    const isThere = (one: string) =>
      [...copied, ...provided].some((folder) => one === folder || one.startsWith(`${folder}/`));
    expect(packages.size).toBeGreaterThan(5);
    expect([...packages].filter((one) => !isThere(one))).toEqual([]);
    expect(copied.filter((folder) => ![...packages].some((one) => `${one}/`.startsWith(`${folder}/`)))).toEqual([]);
  });

  it('has every file of its own that runs in it', () => {
    const own = [...files].filter((file) => !file.startsWith('runtime/')).sort();
    if (name === 'router') {
      // It is compiled as a whole.
      expect(own.filter((file) => !file.startsWith('infra/local/router/'))).toEqual([]);
      expect(text).toContain('COPY --from=build /app/infra/dist infra/dist\n');
      return;
    }
    const copied = text
      .split('\n')
      .filter((line) => line.startsWith('COPY client/'))
      .flatMap((line) => {
        const [target = '', ...sources] = line.split(' ').slice(1).reverse();
        return sources.map((file) => path.join(target, path.basename(file)));
      });
    expect(own).toEqual(copied.sort());
  });
});
