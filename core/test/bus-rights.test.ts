import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus } from '@ticketing/core';
import { eventually, silentLog } from '@ticketing/core/testing';
import {
  busUsers,
  consumedBy,
  jetStreamConf,
  natsStreamingConf,
  passwordVariable,
  publishedBy,
} from '../../scripts/bus-rights.ts';
import { CLUSTER_ID, busOf, startNats } from './nats-server.ts';
import type { Kind, NatsServer } from './nats-server.ts';

const [published, consumed] = [publishedBy(), consumedBy()];

const confOf = {
  'NATS Streaming': natsStreamingConf(CLUSTER_ID, { operator: true }),
  'NATS JetStream': jetStreamConf({ operator: true, cluster: false }),
};

/** Starts a server with the users of the services. */
async function startWithUsers(kind: Kind) {
  const variables: Record<string, string> = Object.fromEntries(
    busUsers({ operator: true }).map((user) => [passwordVariable(user), `password-of-${user}`]),
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'bus-rights-'));
  const file = path.join(folder, 'nats.conf');
  writeFileSync(file, confOf[kind]);
  const server: NatsServer = await startNats(['-c', file], kind, variables);
  const open: { close: () => Promise<unknown> }[] = [];

  function connectWith(login: string, name: string) {
    const NATS_URL = server.url.replace('//', `//${login}`);
    const options = {
      BUS: busOf[kind],
      NATS_URL,
      NATS_CLUSTER_ID: CLUSTER_ID,
      NATS_REPLICAS: 1,
      INSTANCE: name,
    } as const;
    const bus = connectBus(options, silentLog);
    bus.whenConnected.catch(() => undefined);
    open.push(bus);
    return bus;
  }
  return {
    connectWith,
    as: (user: string) => connectWith(`${user}:password-of-${user}@`, `${user}-rights`),
    /** A connection without our driver, as code of an attacker has it. */
    async rawAs(user: string): Promise<NatsConnection> {
      const inboxPrefix = `_INBOX.${user}`;
      const connection = await connect({ servers: server.url, user, pass: `password-of-${user}`, inboxPrefix });
      open.push(connection);
      return connection;
    },
    async stop() {
      await Promise.all(open.map((one) => one.close()));
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

describe.each(Object.keys(confOf) as Kind[])('the users of %s', (kind) => {
  let server: Awaited<ReturnType<typeof startWithUsers>>;
  beforeAll(async () => {
    server = await startWithUsers(kind);
  });
  afterAll(() => server.stop());

  it('may publish the events of their service and no others, and read', async () => {
    const services = Object.keys(published);
    const buses = Object.fromEntries(services.map((service) => [service, server.as(service)]));
    await Promise.all(Object.values(buses).map((bus) => bus.whenConnected));
    const read: string[] = [];
    buses['orders']?.subscribe('ticket:created', 'orders', (message) => {
      read.push(message.raw.toString());
      message.ack();
    });
    for (const service of services)
      for (const event of published[service] ?? []) await buses[service]?.publish(event, `by ${service}`);
    await eventually(
      () => read.length,
      (count) => count > 0,
    );

    for (const service of services) {
      for (const other of services)
        if (other !== service)
          for (const event of published[other] ?? [])
            buses[service]?.publish(event, `forged by ${service}`).catch(() => undefined);
      // Handled after what the connection has sent before.
      await buses[service]?.publish(published[service]?.[0] ?? '', `later, by ${service}`);
    }
    await eventually(
      () => read.length,
      (count) => count > 1,
    );
    expect(read).toEqual(['by tickets', 'later, by tickets']);
  });

  it.each(['', 'payments:wrong@'])('are needed: the login %j is refused', async (login) => {
    await expect(server.connectWith(login, 'stranger').whenConnected).rejects.toThrow(/NATS_URL/);
  });
});

describe('the rights on JetStream', () => {
  let server: Awaited<ReturnType<typeof startWithUsers>>;
  beforeAll(async () => {
    server = await startWithUsers('NATS JetStream');
  });
  afterAll(() => server.stop());

  const consumers = Object.entries(consumed).flatMap(([service, events]) =>
    events.map((event) => {
      const [stream = '', action = ''] = event.split(':');
      return { service, event, stream, name: `${service}_${action}` };
    }),
  );

  it('suffice for every service to consume and acknowledge what it consumes', async () => {
    const got: string[] = [];
    for (const [service, events] of Object.entries(consumed)) {
      const bus = server.as(service);
      for (const event of events)
        bus.subscribe(event, service, (message) => {
          got.push(`${service} ${event} ${message.raw.toString()}`);
          message.ack();
        });
    }
    for (const [service, events] of Object.entries(published)) {
      const bus = server.as(service);
      await bus.whenConnected;
      for (const event of events) await bus.publish(event, `by ${service}`);
    }
    const publisherOf = (event: string) =>
      Object.keys(published).find((service) => published[service]?.includes(event));
    const expected = consumers.map(({ service, event }) => `${service} ${event} by ${publisherOf(event) ?? ''}`).sort();
    await eventually(
      () => got.length,
      (count) => count >= expected.length,
    );
    expect(got.sort()).toEqual(expected);
    const manager = await jetstreamManager(await server.rawAs('operator'), { timeout: 60_000 });
    for (const { stream, name } of consumers)
      await eventually(
        () => manager.consumers.info(stream, name),
        ({ num_ack_pending }) => num_ack_pending === 0,
      );
  });

  it('let no service delete, empty or change a stream, or read what it does not consume', async () => {
    const operator = await jetstreamManager(await server.rawAs('operator'), { timeout: 60_000 });
    const tickets = server.as('tickets');
    const orders = server.as('orders');
    await Promise.all([tickets.whenConnected, orders.whenConnected]);
    orders.subscribe('ticket:created', 'orders', (message) => {
      message.ack();
    });
    await tickets.publish('ticket:created', 'secret');
    await eventually(
      () => operator.consumers.info('ticket', 'orders_created').catch(() => undefined),
      (info) => info?.num_pending === 0,
    );
    const before = (await operator.streams.info('ticket')).state.messages;

    const payments = await server.rawAs('payments');
    const denied = [
      ...['ticket.created', 'direct.ticket.created'],
      ...['DELETE.ticket', 'PURGE.ticket', 'UPDATE.ticket', 'SNAPSHOT.ticket', 'RESTORE.ticket', 'CREATE.other'].map(
        (request) => `$JS.API.STREAM.${request}`,
      ),
      ...['STREAM.MSG.GET.ticket', 'DIRECT.GET.ticket', 'STREAM.MSG.DELETE.payment', 'STREAM.PURGE.payment'].map(
        (request) => `$JS.API.${request}`,
      ),
      ...[
        ...['CREATE.ticket', 'CREATE.ticket.spy', 'CREATE.ticket.payments_updated', 'CREATE.ticket.spy.ticket.updated'],
        ...['CREATE.ticket.payments_created.ticket.created', 'CREATE.ticket.payments_updated.ticket.created'],
        ...['DURABLE.CREATE.ticket.payments_updated', 'DURABLE.CREATE.ticket.orders_created'],
        ...['MSG.NEXT.ticket.orders_created', 'INFO.ticket.orders_created', 'LIST.ticket'],
        ...['DELETE.ticket.orders_created', 'DELETE.ticket.payments_updated'],
      ].map((request) => `$JS.API.CONSUMER.${request}`),
      '$JS.ACK.ticket.orders_created.1.1.1.1.0',
    ];
    const reached: string[] = [];
    for (const subject of denied) {
      const error = await payments.request(subject, '{}', { timeout: 60_000 }).then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
      if (!error?.message.includes('Permissions Violation')) reached.push(subject);
    }
    expect(reached).toEqual([]);

    // Its own consumer, of more than it consumes.
    const config = { durable_name: 'payments_updated', ack_policy: 'explicit', filter_subject: 'ticket.>' };
    const own = '$JS.API.CONSUMER.CREATE.ticket.payments_updated.ticket.updated';
    const answer = await payments.request(own, JSON.stringify({ stream_name: 'ticket', config }), { timeout: 60_000 });
    expect(answer.json()).toMatchObject({ error: { err_code: 10131 } });

    for (const subject of [
      '>',
      'ticket.>',
      '_INBOX.>',
      '_INBOX.orders.>',
      '$JS.>',
      '$SYS.>',
      'direct.>',
      'direct.ticket.created',
    ]) {
      const failure = new Promise<string>((resolve) => {
        payments.subscribe(subject, {
          callback: (error, message) => {
            resolve(error?.message ?? `received ${message.subject}`);
          },
        });
      });
      await expect(failure).resolves.toContain('Permissions Violation');
    }
    expect((await operator.streams.info('ticket')).state.messages).toBe(before);
  });
});
