import type { ReactNode } from 'react';
import { Notice } from './notice.tsx';

/** A page, or a part of one, whose service is down: what does not work, what does, and a link to try again. */
export function ServiceDown({ title, children, retry }: { title: string; children: ReactNode; retry?: string }) {
  return (
    <Notice tone="warn" title={title}>
      <p>{children}</p>
      {/* A full load on purpose: a link to the same address would not be fetched again. */}
      {retry === undefined ? null : (
        <p>
          <a href={retry}>Try again</a>
        </p>
      )}
    </Notice>
  );
}
