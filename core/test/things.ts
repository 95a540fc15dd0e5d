import type { DomainEvent } from '@ticketing/common';
import type { Bus, Decision, State, Stored } from '@ticketing/core';
import { documentSchema } from '@ticketing/core/mongo';
import { randomTicketId } from '@ticketing/core/testing';
import type { Connection, Model } from 'mongoose';
import { z } from 'zod';

/** A document that emits events, like the aggregates of the services. */
export interface Thing extends Stored {
  count: number;
  note?: string | undefined;
  /** No two things have one in common. */
  marks?: string[] | undefined;
}

const schema = documentSchema<Thing>(
  z.object({ count: z.int(), note: z.string().optional(), marks: z.array(z.string()).optional() }),
  { republished: true },
);
schema.index({ marks: 1 }, { unique: true, sparse: true });

export const thingModel = (connection: Connection): Model<Thing> => connection.model<Thing>('Thing', schema, 'things');

export const newThing = (changes: Partial<State<Thing>> = {}): State<Thing> => ({
  _id: randomTicketId(),
  version: 0,
  count: 0,
  ...changes,
});

/** An event about a thing. Its name does not matter. */
export const eventOf = ({ _id, version }: State<Thing>, orderId = 'an-order'): DomainEvent => ({
  name: 'expiration:complete',
  data: { id: _id, version, orderId, expiresAt: '2030-01-01T00:00:00.000Z' },
});

/** The decision to increment the count, with an event. */
export function countUp(thing: State<Thing>): Decision<Thing> {
  const next = { ...thing, count: thing.count + 1, version: thing.version + 1 };
  return { next, events: [eventOf(next)] };
}

/** A bus that records publications, and can be down, reject publications, or delay them. */
export function faultyBus() {
  const published: { subject: string; id: string; data: { version: number; orderId: string } }[] = [];
  let gate: Promise<unknown> = Promise.resolve();
  const fault = { connected: true, refuses: false, refusals: 0 };
  const bus: Bus = {
    get connected() {
      return fault.connected;
    },
    whenConnected: Promise.resolve(),
    async publish(subject, text) {
      await gate;
      if (fault.refuses || !fault.connected) {
        fault.refusals++;
        throw new Error('the bus refuses');
      }
      published.push({ subject, ...(JSON.parse(text) as { id: string; data: { version: number; orderId: string } }) });
    },
    subscribe: () => undefined,
    close: () => Promise.resolve(),
  };
  return {
    bus,
    published,
    fault,
    /** Delays publications until the returned function is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise;
      return () => {
        resolve(undefined);
      };
    },
    /** Delays no later publications. */
    letOthersPass() {
      gate = Promise.resolve();
    },
  };
}
