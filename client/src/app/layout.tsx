import type { Metadata, Viewport } from 'next';
import { type ReactNode, Suspense } from 'react';
import { ConnectionLine } from '@/components/connection-line.tsx';
import { FormatProvider } from '@/components/format-context.tsx';
import { HoldBar } from '@/components/hold-bar.tsx';
import { NavigationProgress } from '@/components/navigation-progress.tsx';
import { ReminderNotices } from '@/components/reminder-notices.tsx';
import { SiteHeader } from '@/components/site-header.tsx';
import { holdSeconds, stripePublishableKey } from '@/lib/config.ts';
import { SITE_NAME } from '@/lib/site.ts';
import { duration } from '@/lib/time.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import '@/styles/site.scss';

export const metadata: Metadata = {
  title: { default: `${SITE_NAME}: tickets from people who can’t make it`, template: `%s · ${SITE_NAME}` },
  description: 'Tickets from people who can’t make it. We hold yours while you pay.',
  applicationName: SITE_NAME,
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#0c3b2e' },
    { media: '(prefers-color-scheme: dark)', color: '#0a2c23' },
  ],
  colorScheme: 'light dark',
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const format = await visitorFormat();
  return (
    <html lang="en">
      <body>
        <a className="skip-link" href="#main">
          Skip to main content
        </a>
        <ConnectionLine />
        {/* The query of an address is unknown to the page that is built for "not found". */}
        <Suspense fallback={null}>
          <NavigationProgress />
        </Suspense>
        <SiteHeader />
        <FormatProvider format={format}>
          <HoldBar />
          <main id="main" className="container" tabIndex={-1}>
            {children}
          </main>
          <ReminderNotices />
        </FormatProvider>
        <footer className="site-footer">
          <div className="container">
            <p>
              <span>{`When you buy a ticket, we hold it for you for ${duration(holdSeconds())}. You’re charged only once it’s yours.`}</span>
              {stripePublishableKey() === undefined ? <span> Test site: no real money is charged.</span> : null}
            </p>
          </div>
        </footer>
      </body>
    </html>
  );
}
