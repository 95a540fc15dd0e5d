'use client';
import { useEffect, useRef } from 'react';

/** The heading of the results; takes the focus when a further page of them is shown. */
export function ResultsHeading({ cursor, children }: { cursor: string; children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (cursor !== '') heading.current?.focus({ preventScroll: true });
  }, [cursor]);
  return (
    <h2 id="results" tabIndex={-1} ref={heading}>
      {children}
    </h2>
  );
}
