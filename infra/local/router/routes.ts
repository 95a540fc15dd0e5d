import { z } from 'zod';

/** A path prefix and the processes that serve it. */
export type Route = { prefix: string; targets: Target[] };

export type Target = { hostname: string; port: number };

/** True if `path` is the prefix or lies below it: `/api/tickets/7` is below `/api/tickets`, `/api/ticketsX` is not. */
const covers = (prefix: string, path: string): boolean =>
  prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

/** Returns a function that finds the route with the longest prefix that covers the path of a URL (a request's target, query included). */
export function routeFinder(routes: readonly Route[]): (url: string) => Route | undefined {
  const longestFirst = routes.toSorted((a, b) => b.prefix.length - a.prefix.length);
  return (url) => {
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    return longestFirst.find(({ prefix }) => covers(prefix, path));
  };
}

const target = z
  .url({ protocol: /^http$/, error: 'every target must be http://host:port' })
  .transform((url): Target => {
    const { hostname, port } = new URL(url);
    // A URL has an IPv6 address in brackets; a connection takes it without.
    return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
  });

const prefix = z.string('must be a path').startsWith('/', 'must be a path that begins with a slash');

const notATable = 'must be a JSON array of { "prefix": "/path", "targets": ["http://host:port"] }';

/** The schema of the setting ROUTES: a JSON array of `{ prefix, targets: [url, …] }`. */
export const routeTable = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue(notATable);
      return z.NEVER;
    }
  })
  .pipe(z.array(z.object({ prefix, targets: z.array(target, 'must be a list of targets') }, notATable), notATable));
