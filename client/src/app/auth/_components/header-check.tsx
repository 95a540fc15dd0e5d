'use client';
import { useEffect } from 'react';
import { refreshPage } from '@/lib/refresh-page.ts';

/** Renders the page again when the header, which stays from page to page, still shows a visitor whose session is gone. */
export function HeaderCheck() {
  useEffect(() => {
    if (document.querySelector('.site-header')?.getAttribute('data-viewer') === 'user') void refreshPage();
  }, []);
  return null;
}
