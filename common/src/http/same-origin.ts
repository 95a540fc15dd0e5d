import type { RequestHandler } from 'express';
import { forbidden } from '../errors.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Prevents cross-site request forgery: rejects unsafe methods from other origins with a 403. Sec-Fetch-Site decides where the
 * browser sends it, because no page can forge it and a proxy may have changed Host; otherwise Origin must match Host.
 * Programs that are not browsers send neither and pass.
 */
export const requireSameOrigin: RequestHandler = (req, _res, next) => {
  if (!SAFE.has(req.method) && isCrossOrigin(req.get('sec-fetch-site'), req.get('origin'), req.get('host')))
    throw forbidden('cross-site', 'Requests from other sites are refused.');
  next();
};

function isCrossOrigin(fetchSite: string | undefined, origin: string | undefined, host: string | undefined): boolean {
  if (fetchSite !== undefined) return fetchSite !== 'same-origin' && fetchSite !== 'none';
  if (origin === undefined) return false;
  // 'null' is the origin of sandboxed frames and data: URLs, which are never ours.
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
