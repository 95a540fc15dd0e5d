import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/common/testing';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A service in a process of its own, whose last step of stopping `resolves`, `rejects` or `hangs`. */
function launch(...args: string[]) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'stopping-service.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let printed = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, 'exit').then(([code]: unknown[]) => code);
  const prints = (what: RegExp) =>
    eventually(
      () => what.exec(printed),
      (match) => match !== null,
    );
  return {
    child,
    ended,
    prints,
    complaints: () => complaints,
    port: async () => Number((await prints(/"port":(\d+)/))?.[1]),
  };
}

/** Asks over a connection that both sides would keep; gives the answer. */
async function ask(port: number): Promise<string> {
  const agent = new Agent({ keepAlive: true });
  const asked = request({ agent, host: '127.0.0.1', port, path: '/api/things' });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const chunk of answer) text += chunk.toString();
  return text;
}

describe('on SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers the request in flight and exits with 0, though its connection could be kept: %s',
    async (signal) => {
      const service = launch('resolves');
      const answer = ask(await service.port());
      await service.prints(/asked/);
      service.child.kill(signal);
      expect(await answer).toBe('{"answered":true}');
      expect(await service.ended).toBe(0);
    },
  );

  it('takes no new requests', async () => {
    const service = launch('hangs');
    const port = await service.port();
    service.child.kill('SIGTERM');
    await eventually(
      () =>
        new Promise<boolean>((resolve) => {
          const socket = connect(port, '127.0.0.1');
          socket.on('connect', () => {
            socket.destroy();
            resolve(false);
          });
          socket.on('error', () => {
            resolve(true);
          });
        }),
      (refused) => refused,
    );
  });

  it('exits with 0 though a caller has connected and never asked', async () => {
    const service = launch('resolves');
    const socket = connect(await service.port(), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    socket.destroy();
  });

  it('exits with 1 when a step fails', async () => {
    const service = launch('rejects');
    await service.port();
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(1);
  });

  it('exits with 1 when a step hangs, also when it is told twice', async () => {
    const service = launch('hangs');
    await service.port();
    service.child.kill('SIGTERM');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(1);
  });
});

describe('a start that fails', () => {
  it('is one line that says why, and exit code 1', async () => {
    const first = launch('resolves');
    const port = await first.port();
    const second = launch('resolves', String(port));
    expect(await second.ended).toBe(1);
    expect(second.complaints()).toMatch(new RegExp(`^stopping: .*EADDRINUSE.*${port}\n$`));
  });
});
