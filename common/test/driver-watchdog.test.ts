import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { whenSilent } from '@ticketing/common/mongo';
import { dropTestStore, testStore } from '@ticketing/common/testing';

describe('a driver that no longer looks for its server', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is lost after ten seconds in which no look succeeded or failed', () => {
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

  it('is not lost when it was closed', () => {
    const client = new EventEmitter();
    const lost = jest.fn();
    whenSilent(client, lost);
    client.emit('topologyClosed');
    jest.advanceTimersByTime(60_000);
    expect(lost).not.toHaveBeenCalled();
  });
});

it('the driver tells of its looks, and that it was closed', async () => {
  const connection = await testStore();
  const client = connection.getClient();
  await once(client, 'serverHeartbeatSucceeded');
  const closed = once(client, 'topologyClosed');
  await dropTestStore(connection);
  await closed;
});
