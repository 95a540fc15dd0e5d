/** The header in which each proxy adds the address that its request came from. */
export const FORWARDED_FOR_HEADER = 'x-forwarded-for';

/**
 * The visitor's address, as the outermost of the trusted proxies reports it: services limit rates by it, and would otherwise
 * see all visitors at the page server's address. Undefined when no proxy is trusted, or none has reported one.
 */
export function visitorAddress(forwardedFor: string | null, trustedProxies: number): string | undefined {
  const addresses = (forwardedFor ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  return trustedProxies === 0 ? undefined : addresses.slice(-trustedProxies)[0];
}
