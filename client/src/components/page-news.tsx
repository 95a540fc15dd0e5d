'use client';
import { useEffect, useRef, useState } from 'react';
import type { News } from '@/lib/news.ts';
import { Link } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';

/** Tells what has just been done, takes the focus, and leaves the address, so that a reload does not repeat it. */
export function PageNews({ news }: { news: News | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  // A refresh of the page reads an address without it.
  const [first] = useState(news);
  useEffect(() => {
    if (first === undefined) return;
    box.current?.focus();
    const address = new URL(window.location.href);
    address.searchParams.delete('news');
    window.history.replaceState(null, '', address);
  }, [first]);
  if (first === undefined) return null;
  return (
    <div ref={box} tabIndex={-1} className="page-news">
      <Notice tone={first.tone} title={first.text}>
        {first.look === undefined ? null : <Link href={first.look.href}>{`Go to ${first.look.label}`}</Link>}
      </Notice>
    </div>
  );
}
