'use client';
import { EmptyState } from '@/ui/empty-state.tsx';
import { ReloadLink } from '@/ui/link.tsx';
import '@/styles/site.scss';

/** The last resort: when even the root layout fails. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <main className="container">
          <title>Something went wrong</title>
          <EmptyState
            heading="h1"
            title="Something went wrong"
            actions={
              <ReloadLink href="/" buttonStyle={{}}>
                Browse tickets
              </ReloadLink>
            }
          >
            Check your connection and try again.
          </EmptyState>
        </main>
      </body>
    </html>
  );
}
