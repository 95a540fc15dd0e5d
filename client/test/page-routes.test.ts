import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pageRoutes } from '../page-routes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'page-routes-'));
let findRoute: (url: string) => string;

beforeAll(() => {
  // As Next writes it.
  const staticRoutes = [
    { page: '/', regex: '^/(?:/)?$' },
    { page: '/orders', regex: '^/orders(?:/)?$' },
    { page: '/tickets/new', regex: '^/tickets/new(?:/)?$' },
  ];
  const dynamicRoutes = [
    { page: '/orders/[id]', regex: '^/orders/([^/]+?)(?:/)?$' },
    { page: '/tickets/[id]', regex: '^/tickets/([^/]+?)(?:/)?$' },
  ];
  writeFileSync(path.join(folder, 'routes-manifest.json'), JSON.stringify({ version: 3, staticRoutes, dynamicRoutes }));
  findRoute = pageRoutes(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the route of a request for a page', () => {
  it.each([
    ['/', '/'],
    ['/?q=jazz', '/'],
    ['/orders', '/orders'],
    ['/orders/0123-1?from=mail', '/orders/[id]'],
    ['/tickets/new', '/tickets/new'],
    ['/tickets/0123', '/tickets/[id]'],
    ['/_next/static/chunks/0a1b.js', '/_next/static'],
    ['/tickets/0123/nothing', 'none'],
    ['/wp-login.php', 'none'],
    ['', 'none'],
  ])('of %j is %s', (url, route) => {
    expect(findRoute(url)).toBe(route);
  });

  it('can’t be found without a build', () => {
    expect(() => pageRoutes(path.join(folder, 'none'))).toThrow('ENOENT');
  });
});
