import { afterAll } from '@jest/globals';
import type { Bus, DomainEvent } from '@ticketing/common';
import { outboxIndex, storedFields } from '@ticketing/common/mongo';
import type { Decision, State, Stored } from '@ticketing/common/mongo';
import { dropTestStore, randomTicketId, testStore } from '@ticketing/common/testing';
import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';

/** A document that causes events, as any service has one. */
export interface Thing extends Stored {
  count: number;
  note?: string | undefined;
}

export function thingModel(connection: Connection): Model<Thing> {
  const schema = new Schema<Thing>({ ...storedFields, count: Number, note: String }, { versionKey: false });
  schema.index(...outboxIndex);
  return connection.model<Thing>('Thing', schema, 'things');
}

/** Things in a store that the file's tests have to themselves, dropped after them. */
export async function thingsInStore() {
  const connection = await testStore();
  const things = thingModel(connection);
  await things.init();
  afterAll(() => dropTestStore(connection));
  return { connection, things };
}

export const newThing = (changes: Partial<State<Thing>> = {}): State<Thing> => ({
  _id: randomTicketId(),
  version: 0,
  count: 0,
  ...changes,
});

/** What is said of a thing: any event will do. */
export const sayOf = ({ _id, version }: State<Thing>, orderId = 'an-order'): DomainEvent => ({
  name: 'expiration:complete',
  data: { id: _id, version, orderId, expiresAt: '2030-01-01T00:00:00.000Z' },
});

/** The decision to count one up and to say so. */
export function countUp(thing: State<Thing>): Decision<Thing> {
  const next = { ...thing, count: thing.count + 1, version: thing.version + 1 };
  return { next, say: [sayOf(next)] };
}

/** A bus that notes what it took, and that can be told to be away, to refuse, or to keep a publisher waiting. */
export function moodyBus() {
  const taken: { subject: string; id: string; data: { version: number; orderId: string } }[] = [];
  let gate: Promise<unknown> = Promise.resolve();
  const mood = { connected: true, refuses: false };
  const bus: Bus = {
    get connected() {
      return mood.connected;
    },
    whenConnected: Promise.resolve(),
    async publish(subject, text) {
      await gate;
      if (mood.refuses || !mood.connected) throw new Error('the bus refuses');
      taken.push({ subject, ...(JSON.parse(text) as { id: string; data: { version: number; orderId: string } }) });
    },
    subscribe: () => undefined,
    close: () => Promise.resolve(),
  };
  return {
    bus,
    taken,
    mood,
    /** Keeps publications waiting until the function that it gives is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise;
      return () => {
        resolve(undefined);
      };
    },
  };
}
