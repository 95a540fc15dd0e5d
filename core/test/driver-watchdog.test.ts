import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { whenSilent } from '@ticketing/core/mongo';
import { dropTestStore, testStore } from '@ticketing/core/testing';

describe('whenSilent', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

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

it('the driver emits the events of its heartbeats and of its closing', async () => {
  const connection = await testStore();
  const client = connection.getClient();
  await once(client, 'serverHeartbeatSucceeded');
  const closed = once(client, 'topologyClosed');
  await dropTestStore(connection);
  await closed;
});
