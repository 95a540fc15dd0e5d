'use client';
import { useSyncExternalStore } from 'react';
import { useRefreshFor } from '@/components/use-watch.ts';

const never = () => () => undefined;

/** Renders the page again when the header, which stays from page to page, still shows a visitor whose session is gone. */
export function HeaderCheck() {
  const isStale = useSyncExternalStore(
    never,
    () => document.querySelector('.site-header')?.getAttribute('data-viewer') === 'user',
    () => false,
  );
  useRefreshFor(isStale ? 1 : undefined);
  return null;
}
