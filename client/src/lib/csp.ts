import { isDevelopment, stripePublishableKey } from './config.ts';

/** A nonce for the scripts of one page. */
export const createNonce = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');

/** The Content-Security-Policy of a page: scripts run by nonce only; Stripe's origins are allowed only where Stripe is used. */
export function contentSecurityPolicy(nonce: string): string {
  const stripe = stripePublishableKey() !== undefined;
  // The development server compiles in the browser.
  const development = isDevelopment() ? " 'unsafe-eval'" : '';
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development}`,
    development === '' ? "style-src 'self'" : "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data:${stripe ? ' https://*.stripe.com' : ''}`,
    "font-src 'self'",
    `connect-src 'self'${stripe ? ' https://api.stripe.com' : ''}`,
    stripe ? 'frame-src https://js.stripe.com https://hooks.stripe.com' : "frame-src 'none'",
    "manifest-src 'self'",
    // Without it workers fall under script-src, whose 'strict-dynamic' disregards 'self'.
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
