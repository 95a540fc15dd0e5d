/** Read at each use, not at build: the same build serves any installation. The server checks them as it starts (settings.ts). */
function setting(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === '' ? undefined : value;
}

/** Where the router of the API is, without a slash at the end. */
export const apiUrl = (): string => (setting('API_URL') ?? 'http://127.0.0.1:3000').replace(/\/+$/, '');

/** The address by which visitors reach the site, for what other sites show of it; undefined where nobody has set it. */
export function siteUrl(): URL | undefined {
  const url = setting('SITE_URL');
  return url === undefined ? undefined : new URL(url);
}

/**
 * The address by which a visitor reaches the site: the configured one, else the one that their request names. The URL of a request has
 * this server's own host and port.
 */
export function visitedSite({ headers, url }: Pick<Request, 'headers' | 'url'>): URL {
  const first = (name: string) => headers.get(name)?.split(',', 1)[0]?.trim();
  const scheme = first('x-forwarded-proto') === 'https' ? 'https' : 'http';
  const named = `${scheme}://${first('x-forwarded-host') ?? first('host') ?? ''}`;
  return siteUrl() ?? new URL(URL.canParse(named) ? named : url);
}

/** Stripe's publishable key; without one the payments are those of the sandbox. */
export const stripePublishableKey = (): string | undefined => setting('STRIPE_PUBLISHABLE_KEY');

/** How long a hold lasts, as shown on the pages. The orders service decides, from the same setting. */
export const holdSeconds = (): number => Number(setting('HOLD_SECONDS') ?? 900);

/** How many proxies in front are trusted to report the visitor's address. */
export const trustedProxies = (): number => Number(setting('TRUSTED_PROXIES') ?? 1);

/** Whether cookies go over HTTPS only. */
export const cookiesAreSecure = (): boolean => setting('COOKIE_SECURE') === 'on';

/** Whether this is Next's development server. */
export const isDevelopment = (): boolean => process.env.NODE_ENV === 'development';
