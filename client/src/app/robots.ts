import type { MetadataRoute } from 'next';
import { connection } from 'next/server';
import { siteUrl } from '@/lib/config.ts';

/** What search engines may visit. */
export default async function robots(): Promise<MetadataRoute.Robots> {
  // Settings are read when the site runs, not when it is built.
  await connection();
  const site = siteUrl();
  return {
    rules: {
      userAgent: '*',
      allow: '/',
      disallow: ['/api/', '/auth/', '/orders', '/sell', '/tickets/new', '/*?cursor='],
    },
    ...(site !== undefined && { sitemap: new URL('/sitemap.xml', site).href }),
  };
}
