import { readFileSync } from 'node:fs';
import path from 'node:path';
import { consumerOf, directOf, inboxOf, streamOf, subjectOf } from '../core/src/bus/jetstream-names.ts';
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
  const published = publishedBy();
  const rightsOf = (service: Service): Rights => ({
    publish: [
      ...(published[service] ?? []).map((event) => `_STAN.pub.${clusterId}.${event}`),
      ...protocol,
      `_STAN.discover.${clusterId}.pings`,
      // Acknowledgements and heartbeats. NATS Streaming chooses the inboxes, so they can't be separated by user.
      '_INBOX.>',
    ],
    subscribe: ['_INBOX.>', '_STAN.acks.>'],
  });
  return [
    authorization(['server', ...(operator ? (['operator'] as const) : [])], rightsOf),
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
 * The users of NATS with JetStream: one for each service, who may publish the events of that service and consume those that it consumes;
 * without a user nobody can do anything. Passwords are read from the environment.
 */
export function jetStreamUsers({ operator }: { operator: boolean }): string {
  const [published, consumed] = [publishedBy(), consumedBy()];
  const streams = [...new Set(Object.values(published).flat().map(streamOf))].sort();
  // Each service creates what is missing and reads by pulling; none may change, delete or empty a stream, or read a message by itself.
  const rightsOf = (service: Service): Rights => ({
    publish: [
      ...(published[service] ?? []).flatMap((event) => [subjectOf(event), directOf(event)]),
      '$JS.API.INFO',
      ...streams.flatMap((stream) => [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.CREATE.${stream}`]),
      ...(consumed[service] ?? []).flatMap((event) => {
        const consumer = `${streamOf(event)}.${consumerOf(service, event)}`;
        return [
          `$JS.API.CONSUMER.INFO.${consumer}`,
          // The server compares the filter with the one in the request.
          `$JS.API.CONSUMER.CREATE.${consumer}.${subjectOf(event)}`,
          `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
          `$JS.ACK.${consumer}.>`,
        ];
      }),
    ],
    // Messages of its consumers and answers arrive at its inbox, so another's are out of reach.
    subscribe: [`${inboxOf(service)}.>`, ...(consumed[service] ?? []).map(directOf)],
  });
  return `${authorization(operator ? ['operator'] : [], rightsOf)}\n`;
}

/** The subjects that a user may publish to and subscribe to. */
type Rights = Record<'publish' | 'subscribe', string[]>;

/** The users: those that may do everything, then each service with its rights. */
function authorization(unlimited: readonly BusUser[], rightsOf: (service: Service) => Rights): string {
  const login = (user: BusUser) => `user: ${user}, password: $${passwordVariable(user)}`;
  const allow = (subjects: readonly string[]) =>
    `{ allow: [\n${subjects.map((subject) => `          ${JSON.stringify(subject)}`).join(',\n')}\n        ] }`;
  const services = busServices.map((service) => {
    const { publish, subscribe } = rightsOf(service);
    return [
      `    { ${login(service)}, permissions: {`,
      `        publish: ${allow(publish)}`,
      `        subscribe: ${allow(subscribe)} } }`,
    ].join('\n');
  });
  return [
    'authorization {',
    '  users: [',
    ...unlimited.map((user) => `    { ${login(user)} }`),
    ...services,
    '  ]',
    '}',
  ].join('\n');
}
