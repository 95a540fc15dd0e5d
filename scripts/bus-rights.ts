import { readFileSync } from 'node:fs';
import path from 'node:path';
import { busServices } from './services.ts';
import type { Service } from './services.ts';

/** Which events each service publishes or consumes, as docs/asyncapi.json has it, which is generated from the services' sources. */
function eventsOf(wanted: 'publishes' | 'consumes'): Record<string, string[]> {
  const file = path.join(import.meta.dirname, '../docs/asyncapi.json');
  const { operations } = JSON.parse(readFileSync(file, 'utf8')) as { operations: object };
  const found = Object.keys(operations).map((name) => name.split('.'));
  return Object.fromEntries(
    busServices.map((service) => [
      service,
      found.flatMap(([of, action, event = '']) => (of === service && action === wanted ? [event] : [])).sort(),
    ]),
  );
}

/** The events that each service publishes. */
export const publishedBy = (): Record<string, string[]> => eventsOf('publishes');

/** The events that each service consumes. */
export const consumedBy = (): Record<string, string[]> => eventsOf('consumes');

/** A user of the bus: a service, a server of the bus itself, or an operator of the local stack. */
export type BusUser = Service | 'server' | 'operator';

/** The variable with the password of a user, in the environment of the server. */
export const passwordVariable = (user: BusUser): string => `NATS_${user.toUpperCase()}`;

/** The users of the bus. An operator, who may do everything, is a user of the local stack alone. */
export const busUsers = ({ operator }: { operator: boolean }): BusUser[] => [
  'server',
  ...(operator ? (['operator'] as const) : []),
  ...busServices,
];

/**
 * The configuration of NATS Streaming with a user for each service, who may publish the events of that service alone; without a user
 * nobody can do anything. Passwords are read from the environment.
 */
export function natsStreamingConf(clusterId: string, { operator }: { operator: boolean }): string {
  const protocol = ['discover', 'sub', 'subclose', 'close'].map((verb) => `_STAN.${verb}.${clusterId}`);
  const mayPublish = (events: string[]) => [
    ...events.map((event) => `_STAN.pub.${clusterId}.${event}`),
    ...protocol,
    `_STAN.discover.${clusterId}.pings`,
    // Acknowledgements and heartbeats. NATS Streaming chooses the inboxes, so they can't be separated by user.
    '_INBOX.>',
  ];
  return [
    authorization(['server', ...(operator ? (['operator'] as const) : [])], mayPublish, ['_INBOX.>', '_STAN.acks.>']),
    `streaming { username: server, password: $${passwordVariable('server')} }`,
    '',
  ].join('\n');
}

/** The configuration of NATS with JetStream on this machine, with these users: that of `make start`, also of each server of a cluster. */
export function jetStreamConf({ operator, cluster }: { operator: boolean; cluster: boolean }): string {
  const read = (name: string) =>
    readFileSync(path.join(import.meta.dirname, '../infra/local/nats-server', `${name}.conf`), 'utf8');
  return [read('local'), ...(cluster ? [read('cluster')] : []), jetStreamUsers({ operator })].join('');
}

/**
 * The users of NATS with JetStream: one for each service, who may publish the events of that service alone; without a user nobody
 * can do anything. Passwords are read from the environment.
 */
export function jetStreamUsers({ operator }: { operator: boolean }): string {
  // Every service makes the streams and consumers that are missing, and reads by pulling, which JetStream's API is for.
  const mayPublish = (events: string[]) => [
    ...events.map((event) => event.replace(':', '.')),
    ...['$JS.API.>', '$JS.ACK.>'],
  ];
  return `${authorization(operator ? ['operator'] : [], mayPublish, ['_INBOX.>'])}\n`;
}

/** The users: those that may do everything, then each service, with the subjects that it may publish to and subscribe to. */
function authorization(
  unlimited: readonly BusUser[],
  mayPublish: (events: string[]) => string[],
  maySubscribe: readonly string[],
): string {
  const published = publishedBy();
  const login = (user: BusUser) => `user: ${user}, password: $${passwordVariable(user)}`;
  const list = (subjects: readonly string[]) => subjects.map((subject) => JSON.stringify(subject)).join(', ');
  const services = busServices.map((service) =>
    [
      `    { ${login(service)}, permissions: {`,
      `        publish: { allow: [${list(mayPublish(published[service] ?? []))}] }`,
      `        subscribe: { allow: [${list(maySubscribe)}] } } }`,
    ].join('\n'),
  );
  return [
    'authorization {',
    '  users: [',
    ...unlimited.map((user) => `    { ${login(user)} }`),
    ...services,
    '  ]',
    '}',
  ].join('\n');
}
