import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from '../errors.ts';

/** The network that a request comes from. */
export const networkOf = (req: Request): string => req.ip ?? 'unknown';

/**
 * Allows a caller `points` requests in `seconds`, then answers 429 with Retry-After. `keyOf` identifies the caller, by default
 * by address. Each process counts on its own: with n processes the limit is up to n times as high.
 */
export function rateLimit({
  enabled,
  points,
  seconds,
  keyOf = networkOf,
}: {
  enabled: boolean;
  points: number;
  seconds: number;
  keyOf?: (req: Request) => string;
}): RequestHandler {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return async (req, _res, next) => {
    if (enabled) {
      try {
        await limiter.consume(keyOf(req));
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes)
          throw tooManyRequests(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
        throw refusal;
      }
    }
    next();
  };
}
