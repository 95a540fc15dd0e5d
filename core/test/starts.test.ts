import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, testKeys } from '@ticketing/core/testing';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { CLUSTER_ID, startNats } from './nats-server.ts';
import { freePort } from './servers.ts';

const root = path.join(import.meta.dirname, '../..');

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Settings with which none of a service's backing servers is up. */
async function settings(more: Record<string, string> = {}): Promise<Record<string, string>> {
  const port = await freePort();
  return {
    ...{
      PORT: '0',
      SESSION_KEYS: testKeys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      SESSION_PUBLIC_KEYS: testKeys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      DELIVERY_KEYS: 'k'.repeat(32),
      SANDBOX_URL: `http://127.0.0.1:${port}`,
      MAIL_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: 'tickets@example.com',
      SITE_URL: 'https://tickets.example.com',
    },
    ...{ MONGO_URL: `mongodb://127.0.0.1:${port}/things`, REDIS_URL: `redis://127.0.0.1:${port}` },
    ...{ NATS_URL: `nats://127.0.0.1:${port}`, NATS_CLUSTER_ID: CLUSTER_ID, INSTANCE: 'start' },
    ...more,
  };
}

/** Starts the main of a service in its own process. */
function launch(service: string, env: Record<string, string>) {
  const child = spawn(process.execPath, ['--conditions=source', '--enable-source-maps', `${service}/src/main.ts`], {
    ...{ cwd: root, env: { PATH: process.env['PATH'], ...env } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  undo.push(() => child.kill('SIGKILL'));
  const printed = { log: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.log += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const get = async (address: string) => {
    const match = await eventually(
      () => /"adminPort":(\d+)/.exec(printed.log),
      (found) => found !== null,
    );
    const response = await fetch(`http://127.0.0.1:${match?.[1] ?? ''}${address}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { child, printed, ended, get };
}

describe.each(['auth', 'tickets', 'orders', 'payments', 'expiration'])('%s while its stores are down', (service) => {
  it('is live but not ready, takes no connection for requests, and exits with 0 on SIGTERM', async () => {
    const port = await freePort();
    const { child, printed, ended, get } = launch(service, await settings({ PORT: String(port) }));
    expect(await get('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
    const { status, body } = await eventually(
      () => get('/health/ready'),
      ({ body }) => JSON.stringify(body).includes('ECONNREFUSED'),
    );
    expect({ status, body }).toEqual({
      status: 503,
      body: { status: 'starting', checks: expect.objectContaining({ store: expect.any(String) }) },
    });
    await expect(fetch(`http://127.0.0.1:${port}/api/things`)).rejects.toThrow('fetch failed');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(printed.stderr).toBe('');
    expect(printed.log).not.toContain('"stack"');
  });

  it('exits with one line when the URL of its store is malformed', async () => {
    const [name, url] =
      service === 'expiration' ? ['REDIS_URL', 'redis://S3CRET:store'] : ['MONGO_URL', 'mongodb://S3CRET'];
    const { printed, ended } = launch(service, await settings({ [name]: url }));
    expect(await ended).toBe(1);
    expect(printed.stderr).toMatch(new RegExp(`^${service}: ${name}: must be .*\n$`));
    expect(printed.stderr).not.toContain('S3CRET');
  });
});

describe('auth without a mail server', () => {
  it('exits with one line', async () => {
    const { printed, ended } = launch('auth', await settings({ MAIL_URL: '' }));
    expect(await ended).toBe(1);
    expect(printed.stderr).toBe('auth: MAIL_URL: is required\n');
  });
});

describe('a service whose login a server refuses', () => {
  it('exits with one line, even while another server is down', async () => {
    const nats = await startNats(['-user', 'user', '-pass', 'right']);
    undo.push(() => nats.stop());
    const { printed, ended } = launch(
      'orders',
      await settings({ NATS_URL: `nats://user:S3CRET@127.0.0.1:${nats.port}` }),
    );
    expect(await ended).toBe(1);
    expect(printed.stderr).toBe("orders: NATS_URL: NATS Streaming refuses the connection: 'Authorization Violation'\n");
    expect(printed.log).not.toContain('S3CRET');
  });
});
