/** A path prefix and where its requests go, one entry for each process that can answer. */
export type Route = { prefix: string; targets: Target[] };

export type Target = { hostname: string; port: number };

/** True if `path` is the prefix or lies below it: `/api/tickets/7` is below `/api/tickets`, `/api/ticketsX` is not. */
export const covers = (prefix: string, path: string): boolean =>
  prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

/** Finds the route with the longest prefix that covers the path of `url` (a request's target, query included). */
export function findRoute(routes: readonly Route[], url: string): Route | undefined {
  const path = url.split('?', 1)[0] ?? url;
  return routes
    .filter((route) => covers(route.prefix, path))
    .reduce<Route | undefined>(
      (best, route) => (best && best.prefix.length >= route.prefix.length ? best : route),
      undefined,
    );
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
