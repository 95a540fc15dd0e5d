import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { securityEvents } from '../common/src/http/security-log.ts';
import { services } from '../scripts/services.ts';
import { demoAccounts } from '../scripts/stack/demo-data.ts';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The files that match the patterns, without tests and generated files. */
const sources = (...patterns: string[]): string[] =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !/(^|\/)(node_modules|dist|\.next)\/|\.test\.ts$/.test(file))
    .sort();

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const unique = (names: string[]): string[] => [...new Set(names)].sort();

const markdown = sources('*.md', '*/README.md', 'docs/**/*.md');

/** A section of a page, from its heading to the next one. */
function section(file: string, heading: string): string {
  const [, text = ''] = read(file).split(`\n${heading}\n`);
  return text.split(/\n##+ /)[0] ?? '';
}

/** The names in the first column of a table. */
const firstColumn = (text: string): string[] => all(text, /^\| `([^`]+)`/gm);

/** The anchor that GitHub gives to a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe('links', () => {
  it.each(markdown)('of %s point to files and headings that exist', (file) => {
    const prose = read(file).replace(/```[\s\S]*?```/g, '');
    const broken = all(prose, /\]\(([^)\s]+)\)/g)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [target = '', fragment] = link.split('#');
        const linked = target === '' ? file : path.join(path.dirname(file), target);
        if (!existsSync(path.join(root, linked))) return true;
        if (fragment === undefined) return false;
        return !all(read(linked), /^#+ (.+)$/gm)
          .map(anchor)
          .includes(fragment);
      });
    expect(broken).toEqual([]);
  });
});

describe.each(['docs/place-an-order.md', 'docs/life-of-an-order.md'])('%s', (page) => {
  const text = read(page);
  const links = [...text.matchAll(/\[`(\w+)`\]\(([^)]+)\)/g)].map(([, name = '', file = '']) => ({ name, file }));

  it('links functions to the files that declare them', () => {
    const isDeclared = ({ name, file }: { name: string; file: string }) =>
      new RegExp(`\\b(?:function|const) ${name}\\b`).test(read(path.join('docs', file)));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !isDeclared(link))).toEqual([]);
  });

  it('links every exported function that it names', () => {
    const named = all(text, /`([a-z]+[A-Z]\w*)`/g);
    const exported = sources(...services.map((service) => `${service}/src/**/*.ts`), 'common/src/**/*.ts')
      .flatMap((file) => all(read(file), /^export (?:async )?(?:function|const) (\w+)/gm))
      .filter((name) => /[A-Z]/.test(name));
    const linked = links.map(({ name }) => name);
    expect(unique(named).filter((name) => exported.includes(name) && !linked.includes(name))).toEqual([]);
  });
});

describe('place-an-order.md', () => {
  it('walks through at most ten files', () => {
    const files = all(read('docs/place-an-order.md'), /\]\(\.\.\/([^)]+)\)/g);
    expect(unique(files).length).toBeLessThanOrEqual(10);
  });
});

describe('settings.md', () => {
  /** Settings of the machine or of tools. */
  const foreign = ['PATH', 'NODE_ENV'];

  function inCode(): string[] {
    const schemas = sources(
      'runtime/src/config.ts',
      'core/src/bus/*.ts',
      'core/src/mongo/*.ts',
      'sandbox/src/config.ts',
      'client/settings.ts',
      'infra/local/router/config.ts',
      'infra/local/mail-catcher/config.ts',
      'auth/src/mail/transport.ts',
      'scripts/stack/config.ts',
      ...services.map((service) => `${service}/src/config.ts`),
    )
      .map(read)
      .flatMap((text) => all(text, /^ +([A-Z][A-Z_]+):/gm));
    const others = sources('client/src/lib/config.ts', 'scripts/**/*.ts', 'infra/local/**/*.ts')
      .map(read)
      .flatMap((text) => [
        ...all(text, /\b(?:read|setting)\((?:env, )?'([A-Z][A-Z_]+)'/g),
        ...all(text, /\b(?:env|environment)\['([A-Z][A-Z_]+)'\]/g),
        ...all(text, /const \{([^}]+)\} = process\.env/g).flatMap((names) => all(names, /([A-Z][A-Z_]+) =/g)),
        ...(text.includes('_PROCESSES`') ? services.map((service) => `${service.toUpperCase()}_PROCESSES`) : []),
      ]);
    return unique([...schemas, ...others]).filter((name) => !foreign.includes(name));
  }

  it('has exactly the settings in the code', () => {
    expect(unique(firstColumn(read('docs/settings.md')))).toEqual(inCode());
  });
});

describe('kubernetes.md and runbooks.md', () => {
  it('have accounts of the demo data to sign in with', () => {
    const accounts = demoAccounts.map(({ email, password }) => `${email} ${password}`);
    const shown = [...read('docs/kubernetes.md').matchAll(/^\| `(demo-\S+)` +\| `(\S+)`/gm)];
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.map(([, email, password]) => `${email} ${password}`).filter((one) => !accounts.includes(one))).toEqual(
      [],
    );
  });
});

describe('the error codes of api.md', () => {
  function inCode(): string[] {
    const makers = all(
      read('common/src/errors.ts'),
      /^export const (\w+) = (?:single\(|\(code: string, message: string\b[^)]*\) =>)/gm,
    ).join('|');
    const patterns = [
      new RegExp(`\\b(?:${makers})\\(\\s*'([a-z-]+)'`, 'g'),
      // 'custom' is zod's own.
      /\bcode: '(?!custom')([a-z-]+)'/g,
      // code: condition ? 'this' : 'that'
      /\bcode: [^'\n]+\? '([a-z-]+)' : '[a-z-]+'/g,
      /\bcode: [^'\n]+\? '[a-z-]+' : '([a-z-]+)'/g,
      // Those of the router.
      /\bRequestError\(\s*\d+,\s*'([a-z-]+)'/g,
    ];
    return unique(
      sources('common/src/**/*.ts', ...services.map((service) => `${service}/src/**/*.ts`), 'infra/local/router/*.ts')
        .map(read)
        .flatMap((text) => patterns.flatMap((pattern) => all(text, pattern))),
    );
  }

  it('are exactly those in the code', () => {
    expect(unique(firstColumn(section('docs/api.md', '## Error codes')))).toEqual(inCode());
  });
});

describe('common', () => {
  // Before raising it, remove something or give the reason here. Beyond the plain bus, outbox and HTTP parts it includes dead
  // letters, validation, republication, three speed-ups with a file each, the lease of the outbox sweep, a start in which
  // probes and signals come before stores, validated URLs, TLS without downgrade, error lines without secrets, the removal of
  // published events with the next change, all the errors by which MongoDB reports that it is unavailable, a repeated key as an
  // outcome of its own, uploads beside JSON bodies, an admin port, sweeps in which one document does not stop the others,
  // idempotency keys with their store, JetStream as a second driver of the bus (200 lines), a security log with a limit for
  // every route, ended sessions with their store, keys that only auth has, a confirmed address in a token,
  // gauges of what is in flight and of what is in the stores, traces, and the wiring of sessions, which three services had each.
  const budget = 3646;
  const SHAPES = new Set(['common/src/shapes.ts', 'common/src/currencies.ts']);

  it(`has at most ${budget} lines of code, not counting tests, shapes, comments and blank lines`, () => {
    const lines = sources('common/src/**/*.ts')
      .filter((file) => !file.startsWith('core/src/testing/') && !SHAPES.has(file))
      .flatMap((file) =>
        read(file)
          .replace(/^\s*\/\*\*[\s\S]*?\*\//gm, '')
          .split('\n'),
      )
      .filter((line) => !/^\s*(\/\/.*)?$/.test(line));
    expect(lines.length).toBeLessThanOrEqual(budget);
  });
});

describe('a service', () => {
  const folders = [...services, 'sandbox', 'client'];

  it.each(folders)('%s imports only its own files, packages and common', (folder) => {
    const files = globSync(`${folder}/{src,test}/**/*.{ts,tsx}`, { cwd: root });
    const foreign = files.flatMap((file) =>
      all(read(file), /(?:\bfrom|\bimport|\bimport\() ?'([^']+)'/g)
        .filter((specifier) => {
          if (!specifier.startsWith('.')) return /^@ticketing\/(?!common(\/|$))/.test(specifier);
          const target = path.join(path.dirname(file), specifier);
          return folders.some((other) => other !== folder && target.startsWith(`${other}/`));
        })
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(foreign).toEqual([]);
  });
});

describe('security-log.md', () => {
  it('has every event of the list, and each is logged somewhere', () => {
    const rows = [...read('docs/security-log.md').matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)].map(([, name, when]) => [
      name,
      when,
    ]);
    expect(rows.slice(0, Object.keys(securityEvents).length)).toEqual(Object.entries(securityEvents));
    const code = sources('*/src/**/*.ts')
      .filter((file) => !file.endsWith('/security-log.ts'))
      .map(read)
      .join('');
    expect(Object.keys(securityEvents).filter((event) => !code.includes(`'${event}'`))).toEqual([]);
  });
});

describe('asvs.md', () => {
  it('names files that exist, and one for each requirement that is met', () => {
    const page = read('docs/asvs.md');
    const rows = [
      ...page.matchAll(/^\| ([\d.]+) +\| ([12]) +\| (.+?) +\| (met|not met|not applicable) +\| (.+?) +\|$/gm),
    ];
    const files = (text: string) => all(text, /`([\w./[\]-]+\/[\w./-]+\.tsx?)`/g);
    const named = unique(files(page));
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    expect(
      rows.flatMap(([, id, , , status, why = '']) => (status === 'met' && files(why).length === 0 ? [id] : [])),
    ).toEqual([]);
    const count = (status: string) => rows.filter((row) => row[4] === status).length;
    expect(page).toContain(
      `${count('met')} of ${rows.length} are met, ${count('not applicable')} do not apply, ${count('not met')} are not met.`,
    );
  });
});
