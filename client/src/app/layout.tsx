import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { SiteHeader } from '../components/site-header.tsx';
import { holdSeconds, stripePublishableKey } from '../lib/config.ts';
import { SITE_NAME } from '../lib/site.ts';
import { duration } from '../lib/time.ts';
import '../styles/site.scss';

export const metadata: Metadata = {
  title: { default: `${SITE_NAME}: tickets from people who can’t make it`, template: `%s · ${SITE_NAME}` },
  description: 'Tickets from people who can’t make it. Yours is held for you while you pay.',
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#0c3b2e' },
    { media: '(prefers-color-scheme: dark)', color: '#0a2c23' },
  ],
  colorScheme: 'light dark',
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <a className="skip-link" href="#main">
          Skip to the page
        </a>
        <SiteHeader />
        <main id="main" className="container" tabIndex={-1}>
          {children}
        </main>
        <footer className="site-footer">
          <div className="container">
            <p>
              A ticket you order is held for you for {duration(holdSeconds())}: nobody else can have it meanwhile. Money
              moves only once it is yours.
              {stripePublishableKey() === undefined
                ? ' This box office runs on a payment sandbox: no real money at all.'
                : ''}
            </p>
          </div>
        </footer>
      </body>
    </html>
  );
}
