import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, memoryBus } from '@ticketing/core/testing';
import type { BusFault } from './armed-faults.ts';
import { armBusFault, armedBusFaults, disarmBusFaults, takeBusFault } from './armed-faults.ts';
import { withFaults } from './faulty-bus.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-armed-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A subscriber that acknowledges what it receives, on a bus on which the next message meets a fault. */
function subscriber(fault: BusFault, delayMs = 0) {
  const armed = [fault];
  const received: string[] = [];
  const crash = jest.fn();
  const log = { warn: jest.fn() };
  const bus = withFaults(memoryBus({ redeliverAfterMs: 50 }), {
    take: (event) => (event === 'order:created' ? armed.pop() : undefined),
    log: log as never,
    delayMs,
    crash,
  });
  bus.subscribe('order:created', 'tickets', (message) => {
    received.push(message.raw.toString());
    message.ack();
  });
  return { bus, received, crash, log };
}

describe('the bus of a service in the lab', () => {
  it('drops one message for good, and delivers the next', async () => {
    const { bus, received, log } = subscriber('drop');
    await bus.publish('order:created', 'one');
    // Longer than until a redelivery.
    await eventually(
      () => bus.publish('order:created', 'later').then(() => received.length),
      (count) => count > 10,
    );
    expect(received).not.toContain('one');
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it('delivers one message twice, and the next once', async () => {
    const { bus, received } = subscriber('repeat');
    await bus.publish('order:created', 'one');
    await bus.publish('order:created', 'two');
    await eventually(
      () => received,
      (all) => all.includes('two'),
    );
    expect(received).toEqual(['one', 'one', 'two']);
  });

  it('delivers a delayed message after its redelivery, as a late duplicate', async () => {
    jest.useFakeTimers();
    try {
      const { bus, received } = subscriber('delay', 300);
      await bus.publish('order:created', 'one');
      await jest.advanceTimersByTimeAsync(100);
      expect(received).toEqual(['one']);
      await bus.publish('order:created', 'two');
      await jest.advanceTimersByTimeAsync(300);
      expect(received).toEqual(['one', 'two', 'one']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('crashes the process after the handler and in place of the acknowledgement, so that the message is delivered again', async () => {
    const { bus, received, crash } = subscriber('crash');
    await bus.publish('order:created', 'one');
    await eventually(
      () => received,
      (all) => all.length === 2,
    );
    expect(received).toEqual(['one', 'one']);
    expect(crash).toHaveBeenCalledTimes(1);
  });
});

describe('an armed fault', () => {
  it('is met by one message of its event in its service, and listed until then', () => {
    armBusFault(folder, 'orders', 'ticket:updated', 'drop');
    armBusFault(folder, 'orders', 'ticket:updated', 'repeat');
    expect(armedBusFaults(folder)).toEqual(['orders ticket:updated: repeat']);
    expect(takeBusFault(folder, 'tickets', 'ticket:updated')).toBeUndefined();
    expect(takeBusFault(folder, 'orders', 'order:created')).toBeUndefined();
    expect(takeBusFault(folder, 'orders', 'ticket:updated')).toBe('repeat');
    expect(takeBusFault(folder, 'orders', 'ticket:updated')).toBeUndefined();
    armBusFault(folder, 'orders', 'ticket:updated', 'drop');
    disarmBusFaults(folder);
    expect(armedBusFaults(folder)).toEqual([]);
  });
});
