import type { RequestHandler } from 'express';
import { forbidden } from '../errors.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses unsafe methods that a page of another site sends along with the visitor's cookie: by Sec-Fetch-Site where the
 * browser says it, for no page can forge that and a proxy may have changed Host; else by comparing Origin with Host.
 * Programs, which send neither, pass.
 */
export const refuseOtherSites: RequestHandler = (req, _res, next) => {
  if (!SAFE.has(req.method) && isFromOtherSite(req.get('sec-fetch-site'), req.get('origin'), req.get('host')))
    throw forbidden('cross-site', 'Requests from other sites are refused.');
  next();
};

function isFromOtherSite(fetchSite: string | undefined, origin: string | undefined, host: string | undefined): boolean {
  if (fetchSite !== undefined) return fetchSite !== 'same-origin' && fetchSite !== 'none';
  if (origin === undefined) return false;
  // 'null' is the origin of sandboxed frames and data: URLs, which are never ours.
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
