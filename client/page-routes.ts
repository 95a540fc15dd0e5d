import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Manifest {
  staticRoutes: { page: string; regex: string }[];
  dynamicRoutes: { page: string; regex: string }[];
}

/** What a request is for that no page answers: a file of the build, or nothing. */
const [FILES, NONE] = ['/_next/static', 'none'];

/**
 * Returns a function that finds the page for the URL of a request in the table of the build in `folder`: `/orders/[id]` for every
 * order, so that metrics and traces have one name for all of them. Throws when the folder holds no build.
 */
export function pageRoutes(folder: string): (url: string) => string {
  const text = readFileSync(path.join(folder, 'routes-manifest.json'), 'utf8');
  const { staticRoutes, dynamicRoutes } = JSON.parse(text) as Manifest;
  // In the order in which Next looks.
  const table = [...staticRoutes, ...dynamicRoutes].map(({ page, regex }) => ({ page, pattern: new RegExp(regex) }));
  return (url) => {
    const [address = ''] = url.split('?', 1);
    if (address.startsWith(`${FILES}/`)) return FILES;
    return table.find(({ pattern }) => pattern.test(address))?.page ?? NONE;
  };
}
