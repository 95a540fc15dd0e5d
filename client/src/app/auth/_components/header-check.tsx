'use client';
import { useEffect } from 'react';
import { renderAgain } from '@/lib/render-again.ts';

const RETRY_MS = 5000;

/**
 * Renders the page again when the header, which stays from page to page, still shows a visitor whose session is gone, until that has
 * succeeded.
 */
export function HeaderCheck() {
  useEffect(() => {
    if (document.querySelector('.site-header')?.getAttribute('data-viewer') !== 'user') return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const render = () => {
      renderAgain().catch(() => {
        if (!isOver) timer = setTimeout(render, RETRY_MS);
      });
    };
    render();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return null;
}
