import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNats } from '../../core/test/nats-server.ts';
import { freePort } from '../../core/test/servers.ts';
import { startRedis } from '../../expiration/test/redis-server.ts';
import { startStack } from '../stack.ts';
import { claimServers } from './claims.ts';
import type { ClaimOptions } from './claims.ts';
import type { BackingName } from './system.ts';
import { databaseUrl } from './system.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const kept = <T extends { stop: () => Promise<unknown> }>(server: T): T => {
  undo.push(() => server.stop());
  return server;
};

type Server = { name: BackingName; setting: string; start: () => Promise<string> };

const servers: Record<string, Server> = {
  MongoDB: {
    name: 'mongodb',
    setting: 'MONGO_URL',
    start: () =>
      Promise.resolve(
        databaseUrl(process.env['TEST_MONGO_URL'] ?? '', `ticketing-claims-${randomBytes(6).toString('hex')}`),
      ),
  },
  'NATS Streaming': { name: 'nats', setting: 'NATS_URL', start: async () => kept(await startNats()).url },
  'NATS JetStream': {
    name: 'nats',
    setting: 'NATS_URL',
    start: async () => kept(await startNats([], 'NATS JetStream')).url,
  },
  // With the rights of expiration alone.
  Redis: { name: 'redis', setting: 'REDIS_URL', start: async () => kept(await startRedis()).url },
};

async function claim(given: ClaimOptions['given'], owner: string, more: Partial<ClaimOptions> = {}) {
  const logged: string[] = [];
  const log = (level: string, message: string) => logged.push(`${level} ${message}`);
  const { release } = await claimServers({ given, owner, bus: 'ticketing', log, ...more });
  undo.push(release);
  return { release, logged };
}

const TAKEN = (settings: string, owner: string) => new RegExp(`^${settings}: used by the marketplace in ${owner}, .*$`);

describe.each(Object.entries(servers))('a claim on %s', (_, { name, setting, start }) => {
  it('is refused to another marketplace, in one line, until it is released', async () => {
    const given = { [name]: await start() };
    const first = await claim(given, '/home/a/tickets on one');
    expect(first.logged).toEqual([]);
    await expect(claim(given, '/home/b/tickets on two')).rejects.toThrow(TAKEN(setting, '/home/a/tickets on one'));
    // It is not lost by the attempt.
    await expect(claim(given, '/home/c/tickets on three')).rejects.toThrow(TAKEN(setting, '/home/a/tickets on one'));
    await first.release();
    expect((await claim(given, '/home/b/tickets on two')).logged).toEqual([]);
  });

  it('is taken over by a later start of the same marketplace', async () => {
    const given = { [name]: await start() };
    await claim(given, '/home/a/tickets on one');
    expect((await claim(given, '/home/a/tickets on one')).logged).toEqual([]);
  });
});

describe.each(Object.entries(servers).filter(([, { name }]) => name !== 'nats'))(
  'a claim on %s',
  (_, { name, start }) => {
    it('ends by itself when its marketplace was killed', async () => {
      const given = { [name]: await start() };
      await claim(given, '/home/a/tickets on one', { leaseMs: 1000, renewEveryMs: 1_000_000 });
      const attempt = () =>
        claim(given, '/home/b/tickets on two').then(
          () => 'claimed',
          () => 'refused',
        );
      expect(await eventually(attempt, (outcome) => outcome === 'claimed')).toBe('claimed');
    });

    it('does not end while its marketplace runs', async () => {
      const given = { [name]: await start() };
      await claim(given, '/home/a/tickets on one', { leaseMs: 3000 });
      await sleep(4000);
      await expect(claim(given, '/home/b/tickets on two')).rejects.toThrow('/home/a/tickets on one');
    });
  },
);

describe('the claims of a marketplace', () => {
  it('are all refused when one server is taken, and none is kept', async () => {
    const [nats, redis] = [kept(await startNats()).url, kept(await startRedis()).url];
    await claim({ redis }, '/home/a/tickets on one');
    await expect(claim({ nats, redis }, '/home/b/tickets on two')).rejects.toThrow(
      TAKEN('REDIS_URL', '/home/a/tickets on one'),
    );
    expect((await claim({ nats }, '/home/c/tickets on three')).logged).toEqual([]);
  });

  it('name every server that is taken at once', async () => {
    const [nats, redis] = [kept(await startNats()).url, kept(await startRedis()).url];
    await claim({ nats, redis }, '/home/a/tickets on one');
    await expect(claim({ nats, redis }, '/home/b/tickets on two')).rejects.toThrow(
      TAKEN('NATS_URL, REDIS_URL', '/home/a/tickets on one'),
    );
  });

  it('on two buses of the same NATS are two', async () => {
    const nats = kept(await startNats()).url;
    await claim({ nats }, '/home/a/tickets on one');
    expect((await claim({ nats }, '/home/b/tickets on two', { bus: 'other' })).logged).toEqual([]);
  });

  it('are made by the start of a stack, which ends when one is refused', async () => {
    const NATS_URL = kept(await startNats()).url;
    await claim({ nats: NATS_URL }, '/home/a/tickets on one');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-claims-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    // Both are down, so nothing can be claimed there.
    const port = await freePort();
    const env = { NATS_URL, MONGO_URL: `mongodb://127.0.0.1:${port}`, REDIS_URL: `redis://127.0.0.1:${port}` };
    const bus = { BUS: 'nats-streaming', NATS_CLUSTER_ID: 'ticketing', NATS_NODES: '1' };
    await expect(startStack({ folder, client: false, env: { ...env, ...bus } })).rejects.toThrow(
      TAKEN('NATS_URL', '/home/a/tickets on one'),
    );
  });

  it('leave out a malformed URL, whose password no client prints', () => {
    const program = `
      import { claimServers } from ${JSON.stringify(path.join(import.meta.dirname, 'claims.ts'))};
      const given = { redis: 'redis://:S3CRET@store:abc' };
      await claimServers({ given, owner: 'here', bus: 'ticketing', log: (level, message) => console.log(message) });`;
    const args = ['--conditions=source', '--input-type=module', '-e', program];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toBe('REDIS_URL: whether another marketplace uses this server is unknown\n');
    expect(stderr).not.toContain('S3CRET');
  });

  it('leave out servers that are down', async () => {
    const port = await freePort();
    const given = {
      mongodb: `mongodb://127.0.0.1:${port}/ticketing-auth`,
      nats: `nats://127.0.0.1:${port}`,
      redis: `redis://127.0.0.1:${port}`,
    };
    const { logged } = await claim(given, '/home/a/tickets on one');
    expect(logged.sort()).toEqual(
      ['MONGO_URL', 'NATS_URL', 'REDIS_URL'].map(
        (setting) => `info ${setting}: whether another marketplace uses this server is unknown`,
      ),
    );
  });
});
