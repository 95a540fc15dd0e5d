import type { ReactNode } from 'react';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';

/** A page, or a part of one, whose service is down: what does not work, what does, and a link to try again. */
export function ServiceDown({ title, children, retry }: { title: string; children: ReactNode; retry: string }) {
  return (
    <Notice tone="warn" title={title}>
      <p>{children}</p>
      {/* A link to the same address would not be fetched again. */}
      <p>
        <ReloadLink href={retry}>Try again</ReloadLink>
      </p>
    </Notice>
  );
}
