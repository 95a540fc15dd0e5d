import { isIPv4, isIPv6 } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooManyRequests } from '../errors.ts';

/**
 * The caller's network, as a key of limits: an IPv4 address, or the /64 of an IPv6 one, because a household or a server has
 * all of its addresses. An address that a proxy reports in another form counts as the address of the connection.
 */
export const networkOf = (req: Request): string =>
  networkOfAddress(req.ip ?? '') ?? networkOfAddress(req.socket.remoteAddress ?? '') ?? 'unknown';

/** The network of an address, which may have a port or a zone; undefined when it is malformed. */
function networkOfAddress(text: string): string | undefined {
  const address = text
    .trim()
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const groups = ipv6Groups(address);
  // An IPv4 address in an IPv6 one: ::ffff:1.2.3.4.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff')
    return groups
      .slice(6)
      .flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255])
      .join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, in hexadecimal digits without leading zeros. */
function ipv6Groups(address: string): string[] {
  const [head = [], tail] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  return tail === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}

/** Requests of a user, or of all guests of a network, in a minute. Routes that cost more have lower limits of their own. */
const WRITES = 120;
const READS = 6000;

/** Limits every request, so that no route and no method is without a limit. */
export function limitRequests(enabled: boolean): RequestHandler {
  const keyOf = (req: Request): string => req.currentUser?.id ?? networkOf(req);
  const writes = rateLimit({ enabled, points: WRITES, seconds: 60, keyOf });
  const reads = rateLimit({ enabled, points: READS, seconds: 60, keyOf });
  return (req, res, next) => (req.method === 'GET' || req.method === 'HEAD' ? reads : writes)(req, res, next);
}

/**
 * Allows a caller `points` requests in `seconds`, then answers 429 with Retry-After. `keyOf` identifies the caller, by default
 * by its network. Each process counts on its own: with n processes the limit is up to n times as high.
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
