import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus } from '@ticketing/core';
import { eventually, silentLog } from '@ticketing/core/testing';
import { busUsers, jetStreamConf, natsStreamingConf, passwordVariable, publishedBy } from '../../scripts/bus-rights.ts';
import { CLUSTER_ID, busOf, startNats } from './nats-server.ts';
import type { Kind, NatsServer } from './nats-server.ts';

const published = publishedBy();

const confOf = {
  'NATS Streaming': natsStreamingConf(CLUSTER_ID, { operator: true }),
  'NATS JetStream': jetStreamConf({ operator: true, cluster: false }),
};

describe.each(Object.keys(confOf) as Kind[])('the users of %s', (kind) => {
  let server: NatsServer;
  let folder: string;
  const open: ReturnType<typeof connectBus>[] = [];
  const variables: Record<string, string> = Object.fromEntries(
    busUsers({ operator: true }).map((user) => [passwordVariable(user), `password-of-${user}`]),
  );

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'bus-rights-'));
    const file = path.join(folder, 'nats.conf');
    writeFileSync(file, confOf[kind]);
    server = await startNats(['-c', file], kind, variables);
  });
  afterAll(async () => {
    await Promise.all(open.map((bus) => bus.close()));
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  function connect(login: string, name: string) {
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
  const as = (user: string) => connect(`${user}:password-of-${user}@`, `${user}-rights`);

  it('may publish the events of their service and no others, and read', async () => {
    const services = Object.keys(published);
    const buses = Object.fromEntries(services.map((service) => [service, as(service)]));
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
    await expect(connect(login, 'stranger').whenConnected).rejects.toThrow(/NATS_URL/);
  });
});
