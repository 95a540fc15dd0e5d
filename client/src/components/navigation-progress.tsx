'use client';
import { usePathname, useSearchParams } from 'next/navigation';
import { useEffect, useState } from 'react';
import { isHere, leavingBy } from '@/lib/leaving.ts';

/** After that the link has led to a download, or nowhere. */
const LIMIT_MS = 15_000;

/**
 * A bar that shows at once that a link or a search was followed, until the next page is there. One for all links: they are many, and
 * none is prefetched.
 */
export function NavigationProgress() {
  const address = `${usePathname()}?${useSearchParams().toString()}`;
  const [from, setFrom] = useState<string>();

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const start = () => {
      clearTimeout(timer);
      setFrom(address);
      timer = setTimeout(setFrom, LIMIT_MS, undefined);
    };
    const onClick = (event: MouseEvent) => {
      const link = leavingBy(event);
      if (link instanceof HTMLAnchorElement && !isHere(link)) start();
    };
    const onSubmit = (event: SubmitEvent) => {
      const form = leavingBy(event);
      if (!(form instanceof HTMLFormElement)) return;
      const fields = [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : '']);
      if (new URLSearchParams(fields).toString() !== window.location.search.slice(1)) start();
    };
    const onShow = () => {
      setFrom(undefined);
    };
    document.addEventListener('click', onClick);
    document.addEventListener('submit', onSubmit);
    window.addEventListener('pageshow', onShow);
    return () => {
      clearTimeout(timer);
      setFrom(undefined);
      document.removeEventListener('click', onClick);
      document.removeEventListener('submit', onSubmit);
      window.removeEventListener('pageshow', onShow);
    };
  }, [address]);

  return from === address ? <div className="navigation-progress" aria-hidden="true" /> : null;
}
