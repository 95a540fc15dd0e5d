import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { Msg } from '@nats-io/transport-node';
import type { BusMessage } from '../src/bus/bus.ts';
import { createReceiver } from '../src/bus/jetstream-direct.ts';

let passed: BusMessage[];
let acknowledged: string[];
let receiver: ReturnType<typeof createReceiver>;
beforeEach(() => {
  [passed, acknowledged] = [[], []];
  receiver = createReceiver('ticket:created', (message) => passed.push(message));
});

function message(text: string, id?: string) {
  const header = headers();
  if (id !== undefined) header.set('Nats-Msg-Id', id);
  return { data: new TextEncoder().encode(text), headers: header };
}
const direct = (text: string, id?: string) => {
  receiver.takeDirect(message(text, id) as Msg);
};
const delivered = (text: string, id?: string, redelivered = false) => {
  const ack = () => acknowledged.push(`${text}${redelivered ? ', redelivered' : ''}`);
  receiver.take({ ...message(text, id), redelivered, ack } as unknown as JsMsg);
};
const texts = () => passed.map(({ raw }) => raw.toString());

describe('a message that comes directly and from its consumer', () => {
  it('is passed on once, and acknowledged when it was handled before', () => {
    direct('one', '1');
    passed[0]?.ack();
    delivered('one', '1');
    expect([texts(), acknowledged]).toEqual([['one'], ['one']]);
  });

  it('is acknowledged only once it is handled', () => {
    direct('one', '1');
    delivered('one', '1');
    expect(acknowledged).toEqual([]);
    passed[0]?.ack();
    expect([texts(), acknowledged]).toEqual([['one'], ['one']]);
  });

  it('is acknowledged once, and not kept after that', () => {
    delivered('one', '1');
    for (let time = 0; time < 2; time++) passed[0]?.ack();
    expect(acknowledged).toEqual(['one']);
  });

  it('is passed on once when it comes from its consumer first', () => {
    delivered('one', '1');
    for (let time = 0; time < 2; time++) direct('one', '1');
    passed[0]?.ack();
    expect([texts(), acknowledged]).toEqual([['one'], ['one']]);
  });

  it('is passed on again when it is redelivered, because it was not handled', () => {
    direct('one', '1');
    delivered('one', '1');
    delivered('one', '1', true);
    expect([texts(), acknowledged]).toEqual([['one', 'one'], []]);
    passed[1]?.ack();
    expect(acknowledged).toEqual(['one, redelivered']);
  });

  it('is passed on again, whichever way it comes, when it is not handled after two seconds, because that has failed', () => {
    const at = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(at);
    try {
      direct('one', '1');
      clock.mockReturnValue(at + 2000);
      direct('one', '1');
      clock.mockReturnValue(at + 4000);
      delivered('one', '1');
      expect(texts()).toEqual(['one', 'one', 'one']);
      passed[2]?.ack();
      expect(acknowledged).toEqual(['one']);
    } finally {
      clock.mockRestore();
    }
  });

  it('is passed on each time when it has no id', () => {
    direct('one');
    delivered('one');
    for (const one of passed) one.ack();
    expect([texts(), acknowledged]).toEqual([['one', 'one'], ['one']]);
  });

  it('is recognised among the last thousand, and handled again after that', () => {
    for (let id = 0; id <= 1000; id++) direct(String(id), String(id));
    for (const id of ['1', '0']) delivered(id, id);
    expect(texts().slice(1001)).toEqual(['0']);
  });
});
