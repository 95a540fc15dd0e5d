import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createIndexes, whenSilent, whenStuck } from '@ticketing/core/mongo';
import { dropTestStore, silentLog, testStore } from '@ticketing/core/testing';
import { Schema } from 'mongoose';
import type { Connection } from 'mongoose';

const useFakeTimers = () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
};

describe('whenSilent', () => {
  useFakeTimers();

  it('reports a driver without a heartbeat, successful or failed, for more than ten seconds', () => {
    const client = new EventEmitter();
    const lost = jest.fn();
    whenSilent(client, lost);
    jest.advanceTimersByTime(10_000);
    client.emit('serverHeartbeatFailed');
    jest.advanceTimersByTime(10_000);
    client.emit('serverHeartbeatSucceeded');
    jest.advanceTimersByTime(10_000);
    expect(lost).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1000);
    expect(lost).toHaveBeenCalled();
  });

  it('does not report a driver that was closed', () => {
    const client = new EventEmitter();
    const lost = jest.fn();
    whenSilent(client, lost);
    client.emit('topologyClosed');
    jest.advanceTimersByTime(60_000);
    expect(lost).not.toHaveBeenCalled();
  });
});

describe('whenStuck', () => {
  useFakeTimers();

  const watched = () => {
    const client = new EventEmitter();
    const lost = jest.fn();
    whenStuck(client, lost);
    return { client, lost };
  };
  const connection = (connectionId: number) => ({ address: '127.0.0.1:27017', connectionId });

  it('reports an operation that keeps its connection for more than ten seconds', () => {
    const { client, lost } = watched();
    client.emit('connectionCheckedOut', connection(1));
    jest.advanceTimersByTime(5000);
    // Others come and go.
    client.emit('connectionCheckedOut', connection(2));
    client.emit('connectionCheckedIn', connection(2));
    jest.advanceTimersByTime(5000);
    expect(lost).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1000);
    expect(lost).toHaveBeenCalled();
  });

  it('does not report operations that end, nor a driver that was closed', () => {
    const { client, lost } = watched();
    for (let time = 0; time < 10; time++) {
      client.emit('connectionCheckedOut', connection(1));
      jest.advanceTimersByTime(9000);
      client.emit('connectionCheckedIn', connection(1));
    }
    client.emit('connectionCheckedOut', connection(1));
    client.emit('topologyClosed');
    jest.advanceTimersByTime(60_000);
    expect(lost).not.toHaveBeenCalled();
  });
});

describe('the driver', () => {
  let store: Connection;
  beforeEach(async () => {
    store = await testStore();
  });
  afterEach(() => dropTestStore(store));

  it('leaves an operation waiting forever when its connection is just being closed, which whenStuck reports', async () => {
    const client = store.getClient();
    const lost = Promise.withResolvers<string>();
    whenStuck(
      client,
      () => {
        lost.resolve('reported');
      },
      20,
    );
    await store.collection('things').findOne({});
    for (const socket of socketsOf(client)) socket.destroy();
    const found = store.collection('things').findOne({});
    expect(await Promise.race([found, lost.promise])).toBe('reported');
  });

  it('builds indexes without being reported, however long that takes', async () => {
    const model = store.model('Thing', new Schema({ one: Number }).index({ one: 1 }));
    const release = Promise.withResolvers<undefined>();
    const createIndex = jest.spyOn(model.collection, 'createIndex').mockImplementation(async () => {
      await release.promise;
      return 'one_1';
    });
    const client: EventEmitter = store.getClient();
    const lost = jest.fn();
    whenStuck(client, lost, 1);
    const creating = createIndexes([model], silentLog);
    client.emit('connectionCheckedOut', { address: 'a:1', connectionId: 1 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(createIndex).toHaveBeenCalled();
    expect(lost).not.toHaveBeenCalled();
    release.resolve(undefined);
    await creating;
  });
});

interface Pool {
  [name: symbol]: unknown;
  connections?: { [Symbol.iterator]: () => Iterator<{ socket: { destroy: () => void } }> };
}

/** The sockets in the pools of a client: what only this test reads of the driver's own objects. */
function socketsOf(client: object): { destroy: () => void }[] {
  const { topology } = client as { topology: { s: { servers: Map<string, { pool: Pool }> } } };
  return [...topology.s.servers.values()].flatMap(({ pool }) =>
    [...(pool.connections ?? [])].map(({ socket }) => socket),
  );
}

it('the driver emits the events of its heartbeats and of its closing', async () => {
  const connection = await testStore();
  const client = connection.getClient();
  await once(client, 'serverHeartbeatSucceeded');
  const closed = once(client, 'topologyClosed');
  await dropTestStore(connection);
  await closed;
});
