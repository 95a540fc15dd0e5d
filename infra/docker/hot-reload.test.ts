import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';

const folder = mkdtempSync(path.join(tmpdir(), 'hot-reload-'));
let stop: () => void = () => undefined;
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

const write = (file: string, text: string) => {
  writeFileSync(path.join(folder, 'src', file), text);
};

/** The command of the target `dev`, without its program. */
function devCommand(): string[] {
  const dockerfile = readFileSync(path.join(import.meta.dirname, 'service.Dockerfile'), 'utf8');
  const [stage = ''] = /^FROM \S+ AS dev\n[\s\S]*?(?=^FROM )/m.exec(dockerfile) ?? [];
  const [, command = '[]'] = /^CMD (.+)$/m.exec(stage) ?? [];
  return (JSON.parse(command) as string[]).slice(1);
}

it('a service that runs its sources outlives a syntax error, and has every earlier edit when it is mended', async () => {
  mkdirSync(path.join(folder, 'src'));
  write('first.ts', `export const first: string = 'first-1';\n`);
  write('second.ts', `export const second: string = 'second-1';\n`);
  write(
    'main.ts',
    `import { first } from './first.ts';\nimport { second } from './second.ts';\nconsole.log(first, second);\nsetInterval(() => undefined, 1000);\n`,
  );
  const child = spawn(process.execPath, devCommand(), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  stop = () => child.kill();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const shows = (text: string) =>
    eventually(
      () => output,
      (all) => all.includes(text),
    );

  await shows('first-1 second-1');
  write('first.ts', `export const first: string = 'first-2';\n`);
  await shows('first-2 second-1');
  write('second.ts', `export const second: string = 'sec\n`);
  await shows('Failed running');
  expect(child.exitCode).toBeNull();
  write('second.ts', `export const second: string = 'second-3';\n`);
  await shows('first-2 second-3');
});
