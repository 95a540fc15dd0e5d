'use client';
import { lazy, Suspense } from 'react';

const RetryWatch = lazy(() =>
  import('./retry-watch.tsx').then(
    (loaded) => ({ default: loaded.RetryWatch }),
    () => ({ default: () => null }),
  ),
);

/** RetryWatch for a page that usually can show what it is about: its code is loaded only if not. */
export function LazyRetryWatch() {
  return (
    <Suspense>
      <RetryWatch />
    </Suspense>
  );
}
