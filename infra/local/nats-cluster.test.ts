import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus } from '@ticketing/core';
import { eventually, silentLog } from '@ticketing/core/testing';
import { passwordVariable } from '../../scripts/bus-rights.ts';
import { manage } from '../../scripts/stack/managed-process.ts';
import type { ManagedProcess, ProcessSpec } from '../../scripts/stack/managed-process.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { backingSpecs } from '../../scripts/stack/system.ts';
import { natsServer } from './nats-server.ts';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('JetStream with the data of another number of servers', () => {
  it('is refused in one line', async () => {
    const parent = mkdtempSync(path.join(os.tmpdir(), 'ticketing-nats-data-'));
    try {
      const { NATS_URL: _, ...env } = process.env;
      const [single, cluster] = [await natsServer(env), await natsServer(env, 3)];
      if (!('launch' in single) || !('launch' in cluster)) throw new Error('There is no program to test.');
      single.launch(1, path.join(parent, 'nats'));
      expect(() => cluster.launch(1, path.join(parent, 'nats'), 1)).toThrow(
        `${parent} has the data of NATS_NODES=1: start with that, or delete them with make reset.`,
      );
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });
});

describe('a cluster of three servers of JetStream', () => {
  let folder: string;
  let specs: ProcessSpec[];
  let nodes: ManagedProcess[];
  const buses: ReturnType<typeof connectBus>[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-nats-cluster-'));
    mkdirSync(path.join(folder, 'logs'));
    const { NATS_URL: _, ...env } = process.env;
    const found = await natsServer(env, 3);
    if (!('launch' in found)) throw new Error('There is no program to test.');
    const taken = new Set<number>();
    const config = { folder, env: { ...env, BUS: 'jetstream' }, port: () => freePort(taken) };
    specs = await backingSpecs(config, 'nats', found);
    const supervision = { restartAfterMs: () => undefined, log: () => undefined, changed: () => undefined };
    nodes = specs.map((spec) => manage(spec, supervision));
    await Promise.all(nodes.map((node) => node.start()));
  });

  afterAll(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Where a server is, or all of them. */
  const serversOf = (node?: ManagedProcess): string[] =>
    specs.filter(({ name }) => node === undefined || name === node.name).map(({ port }) => `127.0.0.1:${port}`);

  /** Connects as a service does that `make start` starts, to a server or to any of them. */
  async function as(service: 'tickets' | 'orders', node?: ManagedProcess) {
    const login = `${service}:${specs[0]?.env[passwordVariable(service)] ?? ''}`;
    const bus = connectBus(
      {
        ...{ BUS: 'jetstream', NATS_CLUSTER_ID: '', NATS_REPLICAS: 3, INSTANCE: `${service}-${buses.length}` },
        NATS_URL: serversOf(node)
          .map((server) => `nats://${login}@${server}`)
          .join(),
      },
      silentLog,
    );
    buses.push(bus);
    await bus.whenConnected;
    return bus;
  }

  /** What orders receives of a subject, acknowledged at once. */
  async function received(subject: string): Promise<Set<string>> {
    const got = new Set<string>();
    (await as('orders')).subscribe(subject, 'orders', (message) => {
      got.add(message.raw.toString());
      message.ack();
    });
    return got;
  }

  /** Publishes each text until it is acknowledged, as the relay of an outbox does, eight at a time. Waits for each `acknowledged`. */
  async function publish(subject: string, texts: readonly string[], acknowledged: (count: number) => unknown) {
    const bus = await as('tickets');
    let [next, count] = [0, 0];
    const publisher = async () => {
      for (let text = texts[next++]; text !== undefined; text = texts[next++]) {
        await eventually(
          () =>
            bus.publish(subject, text).then(
              () => true,
              () => false,
            ),
          (done) => done,
        );
        await acknowledged(++count);
      }
    };
    await Promise.all(Array.from({ length: 8 }, publisher));
  }

  /** Runs something as an operator, connected to a server or to any of them. */
  async function operate<T>(work: (connection: NatsConnection) => Promise<T>, node?: ManagedProcess): Promise<T> {
    const connection = await connect({ servers: serversOf(node), ...operator() });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  /** The stream of tickets, as its leader describes it. */
  const stream = () => operate(async (connection) => (await jetstreamManager(connection)).streams.info('ticket'));
  const operator = () => ({ user: 'operator', pass: specs[0]?.env[passwordVariable('operator')] ?? '' });

  async function leader(): Promise<ManagedProcess> {
    const { cluster } = await stream();
    const found = nodes.find(({ name }) => name === cluster?.leader);
    if (!found) throw new Error('The stream has no leader.');
    return found;
  }

  /** The elections of a server that leads the cluster itself, as the servers have logged them, the latest first. */
  const elections = (): { node: ManagedProcess; at: string }[] =>
    nodes
      .flatMap((node) => {
        const lines = readFileSync(node.logFile, 'utf8').split('\n');
        const elected = lines.filter((one) => one.includes('Self is new JetStream cluster metadata leader'));
        return elected.map((line) => ({ node, at: line.replace(/^\[\d+\] /, '') }));
      })
      .sort((a, b) => (a.at < b.at ? 1 : -1));

  it('has every message on three servers, and data that only their owner reads', async () => {
    const bus = await as('tickets');
    await bus.publish('ticket:created', 'first');
    const { config, cluster } = await stream();
    expect(config.num_replicas).toBe(3);
    expect([cluster?.leader, ...(cluster?.replicas ?? []).map(({ name }) => name)].sort()).toEqual(
      specs.map(({ name }) => name),
    );
    const data = path.join(folder, 'data');
    expect(readdirSync(data).sort()).toEqual(['nats', ...specs.map((_, index) => `nats-jetstream-${index + 1}`)]);
    for (const name of readdirSync(data)) expect(statSync(path.join(data, name)).mode & 0o077).toBe(0);
  });

  it('lets no other program in as a server, and shows the password of servers to none', async () => {
    const password = specs[0]?.env[passwordVariable('server')] ?? '';
    const answerTo = async (pass: string) => {
      const socket = connectSocket(Number(specs[0]?.env['NATS_ROUTE_PORT']), '127.0.0.1');
      let answer = '';
      socket.on('data', (data: Buffer) => (answer += data.toString()));
      const options = { user: 'server', pass, name: 'stranger', cluster: 'ticketing', headers: true };
      socket.write(`CONNECT ${JSON.stringify(options)}\r\nPING\r\n`);
      await eventually(
        () => answer,
        (text) => /-ERR|PONG/.test(text),
      );
      socket.destroy();
      return answer;
    };
    expect(await answerTo('wrong')).toContain("-ERR 'Authorization Violation'");
    expect(await answerTo(password)).not.toContain('Authorization Violation');
    expect(JSON.stringify(specs.map(({ args }) => args))).not.toContain(password);
    expect(readFileSync(path.join(folder, 'nats.conf'), 'utf8')).not.toContain(password);
  });

  it('delivers every acknowledged message when the leader is killed while they are published', async () => {
    const got = await received('ticket:updated');
    const texts = numbers(400);
    const killed: Promise<void>[] = [];
    await publish('ticket:updated', texts, (count) => {
      if (count === 100) killed.push(leader().then((node) => node.kill('SIGKILL')));
      // The last ones come after the kill, however long that takes.
      return count > 300 ? Promise.all(killed) : undefined;
    });
    await Promise.all(killed);
    expect(nodes.filter(({ pid }) => pid === undefined)).toHaveLength(1);
    await eventually(
      () => texts.filter((text) => !got.has(text)),
      (missing) => missing.length === 0,
    );
    await Promise.all(nodes.map((node) => node.start()));
  });

  it('goes on with publications while the leader is frozen', async () => {
    const frozen: ManagedProcess[] = [];
    try {
      const texts = numbers(400);
      let before = 0;
      let freezing: Promise<void> | undefined;
      await publish('ticket:refused', texts, (count) => {
        before = count;
        if (count === 100)
          freezing = leader().then(async (node) => {
            await node.kill('SIGSTOP');
            frozen.push(node);
          });
        // The last ones come after that, however long it takes.
        return count > 300 ? freezing : undefined;
      });
      expect(before).toBe(400);
      expect(frozen).toHaveLength(1);
    } finally {
      for (const node of frozen) await node.kill('SIGCONT');
    }
  });

  it('goes on at once with publications to a stream whose leader is left when the leader of the cluster is killed, for clients of every server', async () => {
    /** Kills the leader of the cluster. Resolves to whether all have published before another one was elected. */
    async function goOnWithoutLeader(): Promise<boolean> {
      const before = elections();
      const lost = before[0]?.node;
      if (!lost) throw new Error('The cluster has no leader.');
      await eventually(
        async () => {
          // Between two leaders it has none.
          const stepDown = () => operate((one) => one.request('$JS.API.STREAM.LEADER.STEPDOWN.ticket'));
          const name = await leader().then(
            (one) => one.name,
            () => lost.name,
          );
          if (name === lost.name) await stepDown().catch(() => undefined);
          return name;
        },
        (name) => name !== lost.name,
      );
      // Each is connected to any of the three servers.
      const services = await Promise.all(Array.from({ length: 8 }, () => as('tickets')));
      await lost.kill('SIGKILL');
      const untilPublished = services.map((bus, index) =>
        eventually(
          () =>
            bus.publish('ticket:updated', `after the kill ${index}`).then(
              () => true,
              () => false,
            ),
          (isPublished) => isPublished,
        ),
      );
      await Promise.all(untilPublished);
      const isFirst = elections().length === before.length;
      await lost.start();
      return isFirst;
    }
    // An election takes four seconds or more: on a busy machine it may be the faster one, but not each time.
    let rounds = 0;
    while (!(await goOnWithoutLeader())) expect(++rounds).toBeLessThan(5);
  });

  it('delivers a message, once, while its stream has no leader', async () => {
    const got: string[] = [];
    (await as('orders')).subscribe('ticket:refused', 'orders', (message) => {
      got.push(message.raw.toString());
      message.ack();
    });
    const bus = await as('tickets');
    const publishOnce = (text: string) =>
      bus.publish('ticket:refused', text, text).then(
        () => true,
        () => false,
      );
    const isAcknowledged = (acknowledged: boolean) => acknowledged;
    await eventually(() => publishOnce('before'), isAcknowledged);
    await eventually(
      () => got,
      (texts) => texts.includes('before'),
    );
    // One server of three can't store a message, and none is elected.
    const killed = nodes.slice(1);
    await Promise.all(killed.map((node) => node.kill('SIGKILL')));
    expect(
      await eventually(
        () => publishOnce('without a leader'),
        () => got.includes('without a leader'),
      ),
    ).toBe(false);
    // No more than 500 that wait are sent directly.
    const crowd = await Promise.all(numbers(501).map(publishOnce));
    expect(crowd).not.toContain(true);
    await eventually(
      () => got,
      (texts) => texts.includes('499'),
    );
    expect(got).not.toContain('500');
    await Promise.all(killed.map((node) => node.start()));
    await eventually(() => publishOnce('without a leader'), isAcknowledged);
    await eventually(
      () =>
        operate(async (connection) =>
          (await jetstreamManager(connection)).consumers.info('ticket', 'orders_refused'),
        ).catch(() => undefined),
      (consumer) => consumer?.num_pending === 0 && consumer.num_ack_pending === 0,
    );
    expect(got.filter((text) => text === 'without a leader')).toHaveLength(1);
  });

  /** What is sent directly of a subject, as an operator sees it on this connection. */
  async function directOf(connection: NatsConnection, subject: string): Promise<string[]> {
    const direct: string[] = [];
    connection.subscribe(subject, {
      callback: (_, message) => {
        direct.push(message.string());
      },
    });
    await connection.flush();
    return direct;
  }

  it('sends a message directly too when a frozen leader does not acknowledge it', async () => {
    const lead = await leader();
    const left = nodes.find((node) => node !== lead);
    if (!left) throw new Error('There are not three servers.');
    const bus = await as('tickets', left);
    await lead.kill('SIGSTOP');
    try {
      await operate(async (connection) => {
        const direct = await directOf(connection, 'direct.ticket.created');
        // Once: it takes as long as the election of another leader, or is given up before.
        await bus.publish('ticket:created', 'unanswered').catch(() => undefined);
        await connection.flush();
        expect(direct).toContain('unanswered');
      }, left);
    } finally {
      await lead.kill('SIGCONT');
    }
    // What follows finds a leader.
    await eventually(
      () => leader().catch(() => undefined),
      (found) => found !== undefined,
    );
  });

  it('sends messages directly too for some time after a server was lost, whichever it was', async () => {
    const lead = await leader();
    const [left, lost] = nodes.filter((node) => node !== lead);
    if (!left || !lost) throw new Error('There are not three servers.');
    const bus = await as('tickets', left);
    await operate(async (connection) => {
      const direct = await directOf(connection, 'direct.ticket.created');
      await lost.kill('SIGKILL');
      await eventually(
        () => bus.publish('ticket:created', 'while one is lost'),
        () => direct.length > 0,
      );
      expect(direct[0]).toBe('while one is lost');
    }, left);
    await lost.start();
  });

  it('has all of 1,000 acknowledged messages after all servers were killed at once', async () => {
    const texts = numbers(1000);
    const bus = await as('tickets');
    // A hundred at a time: a slow disk acknowledges those in time.
    for (let from = 0; from < texts.length; from += 100)
      await Promise.all(texts.slice(from, from + 100).map((text) => bus.publish('ticket:created', text)));
    await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
    await Promise.all(nodes.map((node) => node.start()));
    const got = await received('ticket:created');
    await eventually(
      () => texts.filter((text) => !got.has(text)),
      (missing) => missing.length === 0,
    );
  });
});
