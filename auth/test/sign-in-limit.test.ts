import { describe, expect, it } from '@jest/globals';
import { HttpError } from '@ticketing/common';
import { TRIES_PER_ACCOUNT, TRIES_PER_NETWORK, signInLimit } from '../src/sign-in-limit.ts';

const owner = { id: 'the owner' };
const right = () => Promise.resolve(owner);
const wrong = () => Promise.resolve(undefined);

/** Tries `times` times and returns how many tries reached the password. */
async function guesses(limit: ReturnType<typeof signInLimit>, network: string, times: number): Promise<number> {
  let reached = 0;
  for (let i = 0; i < times; i++) {
    const attempt = () => {
      reached++;
      return wrong();
    };
    await limit('ann@example.com', network, attempt).catch((error: unknown) => {
      if (!(error instanceof HttpError) || error.status !== 429) throw error;
    });
  }
  return reached;
}

describe('the limit of sign-ins', () => {
  it('lets the owner in while another network guesses a thousand times', async () => {
    const limit = signInLimit({ enabled: true });
    expect(await guesses(limit, 'attacker', 1000)).toBe(TRIES_PER_NETWORK);
    for (let i = 0; i < 20; i++) expect(await limit('ann@example.com', 'home', right)).toBe(owner);
  });

  it('lets the owner in while a thousand networks guess, which then have one try each', async () => {
    const limit = signInLimit({ enabled: true });
    let reached = 0;
    for (let network = 0; network < 1000; network++) reached += await guesses(limit, `attacker ${network}`, 3);
    const unlimited = Math.floor(TRIES_PER_ACCOUNT / 3);
    expect(reached).toBeLessThanOrEqual(TRIES_PER_ACCOUNT + 1000 - unlimited);
    expect(await limit('ann@example.com', 'home', right)).toBe(owner);
  });

  it('counts concurrent tries before their passwords are checked', async () => {
    const limit = signInLimit({ enabled: true });
    const tries = await Promise.allSettled(Array.from({ length: 50 }, () => limit('ann@example.com', 'one', wrong)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(TRIES_PER_NETWORK);
  });

  it('forgets the wrong passwords of a network that then knows the right one', async () => {
    const limit = signInLimit({ enabled: true });
    for (let i = 0; i < 5; i++) {
      expect(await guesses(limit, 'home', TRIES_PER_NETWORK - 1)).toBe(TRIES_PER_NETWORK - 1);
      expect(await limit('ann@example.com', 'home', right)).toBe(owner);
    }
  });

  it('limits each account on its own, and none when it is off', async () => {
    const limit = signInLimit({ enabled: true });
    await guesses(limit, 'one', 50);
    expect(await limit('bob@example.com', 'one', right)).toBe(owner);
    expect(await guesses(signInLimit({ enabled: false }), 'one', 50)).toBe(50);
  });
});
