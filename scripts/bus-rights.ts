import { readFileSync } from 'node:fs';
import path from 'node:path';
import { busServices } from './services.ts';
import type { Service } from './services.ts';

/** Which events each service publishes, as docs/asyncapi.json has it, which is generated from the services' sources. */
export function publishedBy(): Record<string, string[]> {
  const file = path.join(import.meta.dirname, '../docs/asyncapi.json');
  const { operations } = JSON.parse(readFileSync(file, 'utf8')) as { operations: object };
  const found = Object.keys(operations).map((name) => name.split('.'));
  return Object.fromEntries(
    busServices.map((service) => [
      service,
      found.flatMap(([of, action, event = '']) => (of === service && action === 'publishes' ? [event] : [])).sort(),
    ]),
  );
}

/** A user of the bus: a service, NATS Streaming itself, or an operator of the local stack. */
export type BusUser = Service | 'server' | 'operator';

/** The variable with the password of a user, in the environment of NATS Streaming. */
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
export function natsConf(clusterId: string, { operator }: { operator: boolean }): string {
  const published = publishedBy();
  const protocol = ['discover', 'sub', 'subclose', 'close'].map((verb) => `_STAN.${verb}.${clusterId}`);
  const users = busUsers({ operator }).map((user) => {
    const login = `user: ${user}, password: $${passwordVariable(user)}`;
    if (user === 'server' || user === 'operator') return `    { ${login} }`;
    const subjects = [
      ...(published[user] ?? []).map((event) => `_STAN.pub.${clusterId}.${event}`),
      ...protocol,
      `_STAN.discover.${clusterId}.pings`,
      // Acknowledgements and heartbeats. NATS Streaming chooses the inboxes, so they can't be separated by user.
      '_INBOX.>',
    ];
    return [
      `    { ${login}, permissions: {`,
      `        publish: { allow: [${subjects.map((subject) => JSON.stringify(subject)).join(', ')}] }`,
      '        subscribe: { allow: ["_INBOX.>", "_STAN.acks.>"] } } }',
    ].join('\n');
  });
  return [
    'authorization {',
    '  users: [',
    ...users,
    '  ]',
    '}',
    `streaming { username: server, password: $${passwordVariable('server')} }`,
    '',
  ].join('\n');
}
