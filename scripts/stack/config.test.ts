import { describe, expect, it } from '@jest/globals';
import { readSettings, withoutEmpty } from './config.ts';

describe('the settings of a stack', () => {
  it('have defaults, also where a variable is empty', () => {
    const settings = readSettings({ ROUTER_PORT: '', ORDERS_PROCESSES: '', FOLLOW: '' });
    expect(settings).toMatchObject({
      ORDERS_PROCESSES: 1,
      AUTH_PROCESSES: 1,
      CLIENT: true,
      DEMO_DATA: true,
      FOLLOW: 'warn',
      ...{ MONGO_NODES: 1, NATS_NODES: 1 },
    });
    expect(settings.ROUTER_PORT).toBeUndefined();
    expect(settings.RESTART_AFTER_SECONDS).toBeUndefined();
  });

  it('are taken from the environment', () => {
    const given = { ROUTER_PORT: '3010', TICKETS_PROCESSES: '2', MONGO_NODES: '3', RESTART_AFTER_SECONDS: '0.5' };
    expect(readSettings({ ...given, CLIENT: 'off' })).toMatchObject({
      ...{ ROUTER_PORT: 3010, TICKETS_PROCESSES: 2, MONGO_NODES: 3, RESTART_AFTER_SECONDS: 0.5, CLIENT: false },
    });
  });

  it.each([
    ['ROUTER_PORT', 'abc'],
    ['ROUTER_PORT', '70000'],
    ['ROUTER_PORT', '0'],
    ['PAYMENTS_PROCESSES', '-1'],
    ['PAYMENTS_PROCESSES', '1.5'],
    ['RESTART_AFTER_SECONDS', '30s'],
    ['CLIENT', 'no'],
    ['FOLLOW', 'everything'],
    ['MONGO_NODES', '2'],
    ['NATS_NODES', '2'],
    ['NATS_NODES', '3'],
    ['BUS', 'kafka'],
  ])('refuse %s=%s in one line', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^[^\\n]*${name}: [^\\n]+$`));
  });

  it('take three servers of JetStream', () => {
    expect(readSettings({ NATS_NODES: '3', BUS: 'jetstream' })).toMatchObject({ NATS_NODES: 3 });
  });

  it('list every bad one at once', () => {
    expect(() => readSettings({ ROUTER_PORT: 'abc', CLIENT: 'no' })).toThrow(/ROUTER_PORT[^]*CLIENT/);
  });
});

describe('withoutEmpty', () => {
  it('removes empty variables except NODE_FLAGS', () => {
    expect(withoutEmpty({ MONGO_URL: '', NODE_FLAGS: '', HOLD_SECONDS: '20' })).toEqual({
      NODE_FLAGS: '',
      HOLD_SECONDS: '20',
    });
  });
});
