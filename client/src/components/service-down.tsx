import type { ReactNode } from 'react';
import { Notice } from './notice.tsx';

/** A page, or a part of one, whose service does not answer: what does not work, what does, and a way on. */
export function ServiceDown({ title, children, retry }: { title: string; children: ReactNode; retry?: string }) {
  return (
    <Notice tone="warn" title={title}>
      <p>{children}</p>
      {/* A full load on purpose: the address is the same, and only a new request can tell. */}
      {retry === undefined ? null : (
        <p>
          <a href={retry}>Try again</a>
        </p>
      )}
    </Notice>
  );
}
