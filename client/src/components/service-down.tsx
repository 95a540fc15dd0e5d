import type { ReactNode } from 'react';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';
import { NoScriptReload } from './no-script-reload.tsx';
import { LazyRetryWatch } from './lazy-retry-watch.tsx';

const RELOAD_SECONDS = 15;

/**
 * A page, or a part of one, whose service is down: what does not work, what does, and a link to try again. It is shown again by itself
 * once it can be loaded; without scripts only a page with nothing to type into, which a reload would lose.
 */
export function ServiceDown({
  title,
  children,
  retry,
  hasForms = false,
}: {
  title: string;
  children: ReactNode;
  retry: string;
  /** The rest of the page has forms. */
  hasForms?: boolean;
}) {
  return (
    <Notice tone="warn" title={title}>
      <LazyRetryWatch />
      {hasForms ? null : <NoScriptReload seconds={RELOAD_SECONDS} />}
      <p>{children}</p>
      {/* A link to the same address would not be fetched again. */}
      <p>
        <ReloadLink href={retry}>Try again</ReloadLink>
      </p>
    </Notice>
  );
}
