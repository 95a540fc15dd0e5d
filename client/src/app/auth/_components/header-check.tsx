'use client';
import { useEffect } from 'react';
import { refreshPage } from '@/lib/refresh-page.ts';

const RETRY_MS = 3000;

/**
 * Renders the page again when the header, which stays from page to page, still shows a visitor whose session is gone, until that has
 * succeeded.
 */
export function HeaderCheck() {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const check = async () => {
      if (document.querySelector('.site-header')?.getAttribute('data-viewer') !== 'user') return;
      const result = await refreshPage();
      if (!isOver && result !== 'done') timer = setTimeout(() => void check(), RETRY_MS);
    };
    void check();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return null;
}
