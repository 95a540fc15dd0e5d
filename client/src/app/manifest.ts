import type { MetadataRoute } from 'next';
import { SITE_NAME } from '@/lib/site.ts';

/** How the site looks when it is added to a phone's home screen. */
export default function manifest(): MetadataRoute.Manifest {
  return {
    name: `${SITE_NAME}: tickets from people who can’t make it`,
    short_name: SITE_NAME,
    start_url: '/',
    display: 'browser',
    background_color: '#eef3ee',
    theme_color: '#0c3b2e',
    icons: [
      { src: '/icon.svg', type: 'image/svg+xml', sizes: 'any' },
      { src: '/apple-icon', type: 'image/png', sizes: '180x180' },
    ],
  };
}
