import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort } from './servers.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

type Step = 'resolves' | 'rejects' | 'hangs';

/** Starts a service in its own process, with the outcomes of its last step of the shutdown and of its preparation. */
function launch(stopping: Step, port = '0', preparing: Step = 'resolves') {
  const child = spawn(
    process.execPath,
    ['--conditions=source', path.join(import.meta.dirname, 'stopping-service.ts'), stopping, port, preparing],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  let printed = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
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
    stderr: () => stderr,
    port: async () => Number((await prints(/"port":(\d+)/))?.[1]),
  };
}

/** Sends a request over a keep-alive connection, and resolves to the body of the response. */
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
    'answers the request in flight and exits with 0, despite its keep-alive connection: %s',
    async (signal) => {
      const service = launch('resolves');
      const answer = ask(await service.port());
      await service.prints(/asked/);
      service.child.kill(signal);
      expect(await answer).toBe('{"answered":true}');
      expect(await service.ended).toBe(0);
    },
  );

  it('accepts no new connections', async () => {
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

  it('exits with 0 despite a client that has connected without a request', async () => {
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

  it('exits with 1 when a step hangs, also after a second signal', async () => {
    const service = launch('hangs');
    await service.port();
    service.child.kill('SIGTERM');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(1);
  });
});

describe('a service that is not prepared yet', () => {
  it('takes no connection for a request, which another instance can answer, and exits with 0 on SIGTERM', async () => {
    const port = await freePort();
    const service = launch('resolves', String(port), 'hangs');
    await service.prints(/"msg":"starting"/);
    await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });
});

describe('a start that fails', () => {
  it('prints the reason and exits with 1 when the preparation fails', async () => {
    const service = launch('resolves', '0', 'rejects');
    expect(await service.ended).toBe(1);
    expect(service.stderr()).toBe('stopping: the store is down\n');
  });

  it('prints one line with the reason and exits with 1', async () => {
    const first = launch('resolves');
    const port = await first.port();
    const second = launch('resolves', String(port));
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(new RegExp(`^stopping: .*EADDRINUSE.*${port}\n$`));
  });
});
