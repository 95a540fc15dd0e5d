import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { events } from '../common/src/events.ts';
import { securityEvents } from '../common/src/http/security-log.ts';
import { mongoServices, packages, services } from '../scripts/services.ts';
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
    const exported = sources(...[...services, ...packages].map((folder) => `${folder}/src/**/*.ts`))
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

describe.each(['docs/runbooks.md', 'docs/moving-to-jetstream.md'])('%s', (page) => {
  it('resyncs every service that owns documents', () => {
    const loops = all(read(page), /for service in ([^;]+); do(?:(?!done)[^])*\/resync/g);
    expect(loops.map((names) => names.split(' ').sort())).toEqual([[...mongoServices].sort()]);
  });
});

describe('moving-to-jetstream.md', () => {
  it('has every stream, and the storage of all together', () => {
    const text = read('docs/moving-to-jetstream.md');
    const [named = ''] = all(text, /the streams are named ([^,]+(?:, [^,]+)*), after/g);
    const nouns = unique(Object.keys(events).map((name) => name.replace(/:.*/, '')));
    expect(all(named, /`(\w+)`/g).sort()).toEqual(nouns);
    const [each = '', together] = [all(text, /(\d+) MB each/g)[0], all(text, /(\d+) MB together/g)[0]];
    expect(Number(together)).toBe(Number(each) * nouns.length);
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
      sources(...[...packages, ...services].map((folder) => `${folder}/src/**/*.ts`), 'infra/local/router/*.ts')
        .map(read)
        .flatMap((text) => patterns.flatMap((pattern) => all(text, pattern))),
    );
  }

  it('are exactly those in the code', () => {
    expect(unique(firstColumn(section('docs/api.md', '## Error codes')))).toEqual(inCode());
  });
});

describe('the shared packages', () => {
  // Before raising one, remove something or give the reason here.
  const budgets: Record<(typeof packages)[number], number> = {
    // A process needs validated settings, error lines without secrets, traces, the metrics of its requests, which common had, and an
    // admin port for them, a start in which probes come before stores, and an answer to CONNECT.
    runtime: 705,
    // The contract between services and with browsers, which one person reads in an hour: shapes and currencies are counted.
    common: 1500,
    // Outbox, dead letters, republication, two drivers of the bus, of which one outlives lost leaders, the speed-ups, sweeps, the stores
    // of all these, the wiring of ended sessions, which three services had each, a watchdog for operations that the driver never ends,
    // and direct messages, by which a purchase goes on while servers of the bus elect a leader.
    core: 2325,
  };

  it.each(packages)(
    '%s has at most as many lines of code as its budget, not counting tests, comments and blank lines',
    (name) => {
      const lines = sources(`${name}/src/**/*.ts`)
        .filter((file) => !file.startsWith('core/src/testing/'))
        .flatMap((file) =>
          read(file)
            .replace(/^\s*\/\*\*[\s\S]*?\*\//gm, '')
            .split('\n'),
        )
        .filter((line) => !/^\s*(\/\/.*)?$/.test(line));
      expect(lines.length).toBeLessThanOrEqual(budgets[name]);
    },
  );
});

describe('the layers', () => {
  /** The packages of the workspace that each folder may import; tests may also import core, for `@ticketing/core/testing`. */
  const allowed: Record<string, readonly string[]> = {
    runtime: [],
    common: ['runtime'],
    core: ['runtime', 'common'],
    ...Object.fromEntries(services.map((service) => [service, packages])),
    sandbox: ['runtime', 'common'],
    client: ['runtime', 'common'],
    infra: ['runtime'],
  };
  const folders = Object.keys(allowed);
  /** A folder's name, where its package has another. */
  const folderOf = (name: string) => (name === 'router' ? 'infra' : name);

  /** The imports of a folder's files that no layer below it has, as lines. */
  function foreignImports(folder: string, files: string[], mayImport: readonly string[]): string[] {
    return files.flatMap((file) =>
      all(read(file), /(?:\bfrom|\bimport|\bimport\() ?'([^']+)'/g)
        .filter((specifier) => {
          const [, name] = /^@ticketing\/(\w+)/.exec(specifier) ?? [];
          if (name !== undefined) return !mayImport.includes(folderOf(name));
          if (!specifier.startsWith('.')) return false;
          const target = path.join(path.dirname(file), specifier);
          return folders.some((other) => other !== folder && target.startsWith(`${other}/`));
        })
        .map((specifier) => `${file}: ${specifier}`),
    );
  }

  it.each(folders)('%s imports only its own files, packages and the layers below it', (folder) => {
    const own = folder === 'infra' ? 'infra/local/{router,mail-catcher}/**/*.ts' : `${folder}/{*.ts,src/**/*.{ts,tsx}}`;
    const files = sources(own);
    expect(files.length).toBeGreaterThan(0);
    expect(foreignImports(folder, files, allowed[folder] ?? [])).toEqual([]);
  });

  it.each(folders)('%s depends, of the workspace, on exactly the packages that it imports', (folder) => {
    const { dependencies } = JSON.parse(read(`${folder}/package.json`)) as { dependencies: Record<string, string> };
    const own = folder === 'infra' ? 'infra/local/{router,mail-catcher}/**/*.ts' : `${folder}/{*.ts,src/**/*.{ts,tsx}}`;
    const imported = sources(own).flatMap((file) =>
      all(read(file), /(?:\bfrom|\bimport|\bimport\() ?'@ticketing\/(\w+)/g),
    );
    expect(all(Object.keys(dependencies).join('\n'), /^@ticketing\/(\w+)$/gm).sort()).toEqual(unique(imported));
  });

  it.each([...services, 'sandbox', 'client'])('the tests of %s import no other service', (folder) => {
    const tests = globSync(`${folder}/test/**/*.{ts,tsx}`, { cwd: root });
    // Helpers of tests: servers, certificates, and the program that keeps mails.
    const shared = new RegExp(`: (\\.\\./)+(${[...packages, 'infra'].join('|')})/`);
    const foreign = foreignImports(folder, tests, packages);
    expect(foreign.filter((line) => !shared.test(line))).toEqual([]);
  });

  it('re-export nothing of one another: each symbol has one way to be imported', () => {
    const files = sources(...packages.map((name) => `${name}/src/**/*.ts`));
    expect(files.filter((file) => /^export [^;]*\bfrom '@ticketing\//m.test(read(file)))).toEqual([]);
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
