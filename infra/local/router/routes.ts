/** A path prefix and where its requests go, one entry for each process that can answer. */
export type Route = { prefix: string; targets: Target[] };

export type Target = { hostname: string; port: number };

/** True if `path` is the prefix or lies below it: `/api/tickets/7` is below `/api/tickets`, `/api/ticketsX` is not. */
export const covers = (prefix: string, path: string): boolean =>
  prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

/** Gives what finds the route with the longest prefix that covers the path of a URL (a request's target, query included). */
export function routeFinder(routes: readonly Route[]): (url: string) => Route | undefined {
  const longestFirst = routes.toSorted((a, b) => b.prefix.length - a.prefix.length);
  return (url) => {
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    return longestFirst.find(({ prefix }) => covers(prefix, path));
  };
}

/** Reads the table that the router is given: a JSON array of `{ prefix, targets: [url, …] }`. */
export function parseRoutes(json: string): Route[] {
  const table = JSON.parse(json) as { prefix: string; targets: string[] }[];
  return table.map(({ prefix, targets }) => ({
    prefix,
    targets: targets.map((url) => {
      const { hostname, port } = new URL(url);
      return { hostname, port: Number(port) };
    }),
  }));
}
