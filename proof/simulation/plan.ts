import { random } from './random.ts';

/**
 * What a run is made of. Numbers of people and things, and for each kind of adversity how likely it is where it can strike;
 * 0 is never. A kind that is off in one run leaves room for another to show its worst.
 */
export const knobs = {
  tickets: 'tickets listed at the start',
  buyers: 'people who buy',
  sellers: 'people who sell',
  processes: 'processes of each service',
  activeMs: 'how long people act and things break, ms',
  holdSeconds: 'how long a hold lasts',
  edits: 'sellers change the price',
  withdrawals: 'sellers withdraw',
  cancels: 'buyers cancel',
  declines: 'cards that are declined or want authentication',
  lateness: 'buyers pay near or after the end of the hold',
  impatience: 'buyers ask twice at once',
  crashes: 'a process dies at a step',
  restarts: 'a process is stopped properly and started',
  slowness: 'a step takes long',
  delays: 'a message takes long',
  drops: 'a message or its acknowledgement is lost on the way',
  duplicates: 'a message is delivered twice',
  lostPublishes: 'a publication fails, before or after the bus has it',
  busAway: 'the bus is away for seconds',
  busWiped: 'the bus loses its data',
  storeTrouble: 'a store does not answer, before or after acting',
  providerTrouble: 'the provider does not answer or says 500, before or after acting',
  bankDrops: 'a bank takes its authorisation back',
  redisAway: 'Redis is away for seconds',
  redisLost: 'Redis loses everything',
  skew: 'clocks of whole services are off',
  poison: 'messages that nobody can read',
  strangers: 'people meddle with what is not theirs',
  echo: 'at rest everything that was ever said comes again',
} as const;

export type Knob = keyof typeof knobs;
export type Plan = Record<Knob, number>;

/** What makes a run whole without being against anybody. */
const least: Partial<Plan> = { tickets: 1, buyers: 1, sellers: 1, processes: 1, activeMs: 4000, holdSeconds: 2 };

/** The least of a knob. */
export const leastOf = (knob: Knob): number => least[knob] ?? 0;

/** The seed of a plan: what is not at its least is named. */
export const seedOf = (number: number, plan: Plan): string =>
  [
    `${number}/calm`,
    ...(Object.keys(knobs) as Knob[])
      .filter((knob) => plan[knob] !== leastOf(knob))
      .map((knob) => `${knob}=${plan[knob]}`),
  ].join();

/**
 * The plan of a seed. A seed is a number, and may set knobs: `17/crashes=0,buyers=1`; those after `calm` begin from the
 * least of everything: `17/calm,crashes=0.02`.
 */
export function planOf(seed: string): Plan {
  const [number = '', settings = ''] = seed.split('/');
  const chances = random(number, 'plan');
  /** Off in half of the runs. */
  const sometimes = (most: number) => (chances.chance(0.5) ? 0 : chances.between(0.1, 1) * most);
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
    busAway: sometimes(1),
    busWiped: chances.chance(0.15) ? 1 : 0,
    storeTrouble: sometimes(0.04),
    providerTrouble: sometimes(0.4),
    bankDrops: sometimes(0.3),
    redisAway: sometimes(1),
    redisLost: chances.chance(0.2) ? 1 : 0,
    skew: chances.chance(0.3) ? 1 : 0,
    poison: sometimes(1),
    strangers: sometimes(0.5),
    echo: chances.chance(0.4) ? 1 : 0,
  };
  for (const setting of settings.split(',').filter((one) => one !== '')) {
    if (setting === 'calm') {
      for (const knob of Object.keys(knobs) as Knob[]) plan[knob] = least[knob] ?? 0;
      continue;
    }
    const [name = '', value = ''] = setting.split('=');
    if (!(name in knobs) || !Number.isFinite(Number(value))) throw new Error(`${setting} sets no knob of the plan`);
    plan[name as Knob] = Number(value);
  }
  return plan;
}
