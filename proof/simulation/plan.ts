import { random } from './random.ts';

/**
 * The parameters of a run: numbers of actors and tickets, and for each kind of fault its probability at each place where it
 * can occur. 0 switches a kind off, so that it doesn't mask others.
 */
export const knobs = {
  tickets: 'tickets that are listed at the start',
  buyers: 'number of buyers',
  sellers: 'number of sellers',
  processes: 'processes of each service',
  activeMs: 'how long actors act and faults occur, ms',
  holdSeconds: 'how long a hold lasts',
  edits: 'a seller changes a price',
  withdrawals: 'a seller withdraws a ticket',
  deliveries: 'a seller changes what is delivered, or a user reads it',
  cancels: 'a buyer cancels an order',
  declines: 'a card is declined or requires authentication',
  lateness: 'a buyer pays shortly before or after the end of the hold',
  closedTabs: 'a buyer confirms a payment at the bank, and never comes back to the page',
  impatience: 'a buyer sends a request twice at the same time',
  crashes: 'a process crashes at a step',
  restarts: 'a process is stopped gracefully and restarted',
  slowness: 'a step is slow',
  delays: 'a message is delayed',
  drops: 'a message or its acknowledgement is lost',
  duplicates: 'a message is delivered twice',
  lostPublishes: 'a publication fails, before or after the bus has stored it',
  busDown: 'the bus is down for seconds',
  busWiped: 'the bus loses its data',
  storeFailures: 'a call to a store fails, before or after acting',
  providerFailures: 'the provider times out or answers 500, before or after acting',
  bankDrops: 'a bank drops its authorisation',
  redisDown: 'Redis is down for seconds',
  redisWiped: 'Redis loses its data',
  skew: 'the clocks of services are wrong',
  poison: 'malformed messages',
  strangers: 'strangers try to use what belongs to others',
  sessions: 'a user signs in or out, and others use copies of the cookies',
  echo: 'at the end every event is redelivered',
} as const;

export type Knob = keyof typeof knobs;
export type Plan = Record<Knob, number>;

/** The faults that may delay a payment beyond the end of a hold. */
const DELAYS = [
  ...['crashes', 'restarts', 'slowness', 'delays', 'drops', 'lostPublishes', 'busDown', 'busWiped', 'storeFailures'],
  ...['providerFailures', 'bankDrops', 'skew'],
] as const satisfies readonly Knob[];

/** Whether nothing delays a payment, so that what must happen before the end of a hold can be checked. */
export const isPunctual = (plan: Plan): boolean => DELAYS.every((knob) => plan[knob] === 0);

/** The smallest values with which a run is complete; 0 for the rest. */
const minimum: Partial<Plan> = { tickets: 1, buyers: 1, sellers: 1, processes: 1, activeMs: 4000, holdSeconds: 2 };

/** The smallest value of a knob. */
export const minimumOf = (knob: Knob): number => minimum[knob] ?? 0;

/** The seed of a plan. It names the knobs that are not at their minimum. */
export const seedOf = (number: number, plan: Plan): string =>
  [
    `${number}/calm`,
    ...(Object.keys(knobs) as Knob[])
      .filter((knob) => plan[knob] !== minimumOf(knob))
      .map((knob) => `${knob}=${plan[knob]}`),
  ].join();

/**
 * The plan of a seed. A seed is a number, and may set knobs: `17/crashes=0,buyers=1`. `calm` sets every knob to its
 * minimum: `17/calm,crashes=0.02`. Throws if a setting is no knob.
 */
export function planOf(seed: string): Plan {
  const [number = '', settings = ''] = seed.split('/');
  const chances = random(number, 'plan');
  /** Off in half of the runs. */
  const sometimes = (max: number) => (chances.chance(0.5) ? 0 : chances.between(0.1, 1) * max);
  const plan: Plan = {
    tickets: 1 + chances.integer(3),
    buyers: 1 + chances.integer(4),
    sellers: 1 + chances.integer(2),
    processes: chances.chance(0.5) ? 1 : 2,
    activeMs: 4000 + chances.integer(11_000),
    holdSeconds: 2 + chances.integer(8),
    edits: sometimes(0.5),
    withdrawals: sometimes(0.15),
    cancels: sometimes(0.6),
    declines: sometimes(0.6),
    lateness: sometimes(0.7),
    impatience: sometimes(0.5),
    crashes: sometimes(0.02),
    restarts: sometimes(1),
    slowness: sometimes(0.15),
    delays: sometimes(0.4),
    drops: sometimes(0.25),
    duplicates: sometimes(0.3),
    lostPublishes: sometimes(0.2),
    busDown: sometimes(1),
    busWiped: chances.chance(0.15) ? 1 : 0,
    storeFailures: sometimes(0.04),
    providerFailures: sometimes(0.4),
    bankDrops: sometimes(0.3),
    redisDown: sometimes(1),
    redisWiped: chances.chance(0.2) ? 1 : 0,
    skew: chances.chance(0.3) ? 1 : 0,
    poison: sometimes(1),
    strangers: sometimes(0.5),
    echo: chances.chance(0.4) ? 1 : 0,
    closedTabs: sometimes(1),
    deliveries: sometimes(0.6),
    sessions: sometimes(1),
  };
  if (chances.chance(0.1)) for (const knob of DELAYS) plan[knob] = 0;
  for (const setting of settings.split(',').filter((one) => one !== '')) {
    if (setting === 'calm') {
      for (const knob of Object.keys(knobs) as Knob[]) plan[knob] = minimum[knob] ?? 0;
      continue;
    }
    const [name = '', value = ''] = setting.split('=');
    if (!(name in knobs) || !Number.isFinite(Number(value))) throw new Error(`${setting} is no knob of the plan`);
    plan[name as Knob] = Number(value);
  }
  return plan;
}
