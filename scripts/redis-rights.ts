/**
 * What expiration may do in Redis: what Bull needs on the keys and channels of its queue, and the hash of dead letters. It may neither
 * list keys, empty or configure the server, nor see other clients.
 */
const rights = [
  ...['~{bull}:expiration:*', '~dead-letters', '&{bull}:expiration:*'],
  ...['+@read', '+@write', '+@transaction', '+@pubsub', '+@connection', '+eval', '+evalsha'],
  ...['-@dangerous', '-@admin'],
  // Bull asks for the version.
  '+info',
];

/** A user of Redis, with the password: the service with timers, or an operator of the local stack, who may do everything. */
export type RedisUser = { name: 'expiration' | 'operator'; password: string };

/** The users of Redis, each as the words behind `user` in its configuration. Without one of them nobody can do anything. */
export const redisUsers = (users: readonly RedisUser[]): string[][] => [
  // Nobody can log in as it. It keeps all rights, because Redis reads its append-only file as this user: it would skip every
  // transaction. Without `resetpass` Redis would be in protected mode, which refuses every other machine.
  ['default', 'off', 'resetpass', '~*', '&*', '+@all'],
  ...users.map(({ name, password }) => [
    ...[name, 'on', `>${password}`],
    ...(name === 'operator' ? ['~*', '&*', '+@all'] : rights),
  ]),
];
