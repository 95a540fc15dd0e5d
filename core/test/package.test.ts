import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packages } from '../../scripts/services.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'ticketing-packages-'));
const stranger = path.join(folder, 'stranger');
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');

/** Runs a program. Throws an error with its output when it fails. */
const run = (command: string, args: string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const packageVersion = (name: string): string =>
  (JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;

const PROGRAM = `
import { createApi, HttpError } from '@ticketing/common';
import { mongooseCollection } from '@ticketing/core/mongo';
import { memoryBus, silentLog } from '@ticketing/core/testing';
import { createHealth, createLogger, loadConfig, commonSettings } from '@ticketing/runtime';
import { Router } from 'express';

const config = loadConfig(commonSettings, { PORT: '0' });
const router = Router();
router.post('/', (req, res) => res.status(201).json({ got: req.body }));
const app = createApi({ log: silentLog, health: createHealth(), config, routes: { '/api/things': router } });
const server = app.listen(config.PORT, config.HOST, async () => {
  const url = 'http://127.0.0.1:' + server.address().port;
  const post = (body) => fetch(url + '/api/things', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const good = await post('{"title":"Concert"}');
  const bad = await post('{');
  const bus = memoryBus();
  const received = new Promise((resolve) => bus.subscribe('a:b', 'g', (message) => (message.ack(), resolve(message.raw.toString()))));
  await bus.publish('a:b', 'hello');
  console.log(JSON.stringify({
    good: [good.status, await good.json()],
    bad: [bad.status, (await bad.json()).errors[0].code],
    received: await received,
    kinds: [typeof createLogger, typeof HttpError, typeof mongooseCollection],
  }));
  await bus.close();
  server.close();
});
`;

const TYPED = `
import { conflict, createApi, eventId } from '@ticketing/common';
import type { DomainEvent, EventData } from '@ticketing/common';
import { aggregate, startConsumer } from '@ticketing/core';
import type { Bus, Decision, Handlers, State, Stored } from '@ticketing/core';
import { collectionOf, documentSchema, mongoDeadLetters } from '@ticketing/core/mongo';
import { eventually, memoryBus, silentLog } from '@ticketing/core/testing';
import { createHealth, createLogger } from '@ticketing/runtime';
import { z } from 'zod';

const bus: Bus = memoryBus();
const order: EventData<'order:created'> | undefined = undefined;
const event: DomainEvent = {
  name: 'expiration:complete',
  data: { id: 'a', version: 0, orderId: 'b', expiresAt: '2030-01-01T00:00:00.000Z' },
};
const id: string = eventId(event);
const handlers: Handlers = { 'order:created': async ({ id, offer }) => [id, offer.price.amount.toFixed()] };
// @ts-expect-error: there is no such event
const wrong: Handlers = { 'order:forgotten': async () => undefined };
interface Thing extends Stored { count: number }
const decide = (thing: State<Thing>): Decision<Thing> => ({ next: { ...thing, count: 1 }, events: [event] });
const schema = documentSchema<Thing>(z.object({ count: z.int() }));
const app = createApi({ log: createLogger('x'), health: createHealth(), config: { TRUSTED_PROXIES: 1 } });
app.listen(0);
export { aggregate, app, bus, collectionOf, conflict, decide, eventually, handlers, id, mongoDeadLetters, order };
export { schema, silentLog, startConsumer, wrong };
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ module: 'nodenext', target: 'es2024', lib: ['es2024'], types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
  },
  files: ['typed.ts', ...packages.map((name) => `${name}.ts`)],
};

let packed: { filename: string; files: { path: string }[] }[];
beforeAll(() => {
  run(process.execPath, [tsc, '-b', ...packages], root);
  const workspaces = packages.flatMap((name) => ['-w', name]);
  packed = JSON.parse(
    run('npm', ['pack', ...workspaces, '--json', '--ignore-scripts', '--pack-destination', folder], root),
  ) as typeof packed;
  mkdirSync(stranger);
  writeFileSync(
    path.join(stranger, 'package.json'),
    JSON.stringify({ name: 'stranger', private: true, type: 'module' }),
  );
  const types = ['@types/express', '@types/node'].map((name) => `${name}@${packageVersion(name)}`);
  run(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      ...packed.map(({ filename }) => path.join(folder, filename)),
      ...types,
    ],
    stranger,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the packages', () => {
  it.each([0, 1, 2])('contain their build output, their README and nothing else: package %i', (index) => {
    const files = packed[index]?.files.map((file) => file.path) ?? [];
    expect(files).toEqual(expect.arrayContaining(['README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']));
    expect(files.filter((file) => !/^(dist\/.*\.(js|d\.ts)(\.map)?|package\.json|README\.md)$/.test(file))).toEqual([]);
  });

  it('run outside this repository', () => {
    writeFileSync(path.join(stranger, 'program.js'), PROGRAM);
    expect(JSON.parse(run(process.execPath, ['program.js'], stranger))).toEqual({
      good: [201, { got: { title: 'Concert' } }],
      bad: [400, 'invalid-json'],
      received: 'hello',
      kinds: ['function', 'function', 'function'],
    });
  });

  it('do not load the MongoDB driver for a service without MongoDB', () => {
    const loadedBy = (name: string) => {
      const program = `import '${name}'; import { createRequire } from 'node:module';
        const files = Object.keys(createRequire(import.meta.url).cache);
        console.log(files.some((file) => file.includes('/node_modules/mongodb/')));`;
      writeFileSync(path.join(stranger, 'loads.js'), program);
      return run(process.execPath, ['loads.js'], stranger).trim();
    };
    expect(packages.map((name) => loadedBy(`@ticketing/${name}`))).toEqual(['false', 'false', 'false']);
    expect(loadedBy('@ticketing/core/mongo')).toBe('true');
  });

  it('have valid types, also for the examples of their READMEs, without skipLibCheck', () => {
    writeFileSync(path.join(stranger, 'typed.ts'), TYPED);
    for (const name of packages) {
      const readme = readFileSync(path.join(stranger, `node_modules/@ticketing/${name}/README.md`), 'utf8');
      const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? 'there is no example';
      writeFileSync(path.join(stranger, `${name}.ts`), example);
    }
    writeFileSync(path.join(stranger, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    let complaints = '';
    try {
      run(process.execPath, [tsc, '-p', '.'], stranger);
    } catch (error) {
      complaints = (error as { stdout: string }).stdout;
    }
    expect(complaints).toBe('');
  });
});
