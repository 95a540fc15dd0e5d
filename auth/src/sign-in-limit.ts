import { tooManyRequests } from '@ticketing/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateLimiterRes } from 'rate-limiter-flexible';

/** Tries that a network has for an account in a minute. */
export const TRIES_PER_NETWORK = 10;
/** Wrong passwords for an account in a minute, from all networks, after which each network has one try instead. */
export const TRIES_PER_ACCOUNT = 100;

/** Runs an attempt to sign in to an account from a network. Throws 429 without running it when there were too many. */
export type SignInLimit = <T>(
  account: string,
  network: string,
  attempt: () => Promise<T | undefined>,
) => Promise<T | undefined>;

/**
 * Limits the guessing of passwords; `attempt` returns undefined when the password is wrong. No network uses up the tries of
 * another, so the owner of an account can always sign in, however many others guess. Each process counts on its own: with n processes
 * the limits are up to n times as high.
 */
export function signInLimit({ enabled }: { enabled: boolean }): SignInLimit {
  const perNetwork = new RateLimiterMemory({ points: TRIES_PER_NETWORK, duration: 60 });
  const perAccount = new RateLimiterMemory({ points: TRIES_PER_ACCOUNT, duration: 60 });
  return async (account, network, attempt) => {
    if (!enabled) return attempt();
    const key = `${account} ${network}`;
    // Counted before the password is checked, because checks take long and can run concurrently.
    const tries = await perNetwork.penalty(key);
    if (tries.consumedPoints > TRIES_PER_NETWORK) throw tooManyRequests(secondsOf(tries));
    const all = await perAccount.penalty(account);
    if (all.consumedPoints > TRIES_PER_ACCOUNT && tries.consumedPoints > 1) throw tooManyRequests(secondsOf(all));
    const found = await attempt();
    if (found !== undefined) await Promise.all([perNetwork.delete(key), perAccount.reward(account)]);
    return found;
  };
}

const secondsOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1000));
