'use client';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { connection } from '@/lib/connection.ts';
import { keepPage } from '@/lib/keep-page.ts';

/** A page that was loaded so recently is not loaded again by itself: two builds may be running side by side. */
const RECENT_MS = 30_000;

/** The line at the top of every page while the connection is lost, and once the site has been updated under the page. */
export function ConnectionLine() {
  const state = useSyncExternalStore(connection.subscribe, connection.get, () => 'ok' as const);
  const isWatched = useSyncExternalStore(connection.subscribe, connection.isWatched, () => false);
  const hasInput = useRef(false);

  useEffect(() => {
    const onInput = () => {
      hasInput.current = true;
    };
    const onOffline = () => {
      connection.setOffline(true);
    };
    const onOnline = () => {
      connection.setOffline(false);
    };
    // The event may have come before this script ran.
    if (!navigator.onLine) onOffline();
    document.addEventListener('input', onInput);
    window.addEventListener('offline', onOffline);
    window.addEventListener('online', onOnline);
    return () => {
      document.removeEventListener('input', onInput);
      window.removeEventListener('offline', onOffline);
      window.removeEventListener('online', onOnline);
    };
  }, []);

  useEffect(keepPage, []);

  useEffect(() => {
    // What is typed into Stripe's frames is not seen here.
    const isInFrame = document.activeElement instanceof HTMLIFrameElement;
    if (state === 'outdated' && !hasInput.current && !isInFrame && performance.now() > RECENT_MS)
      window.location.reload();
  }, [state]);

  return (
    <div className="connection-line" role="status">
      {state === 'lost' ? (
        <p className="container">
          <span>
            {`Connection lost. What you see may be out of date${isWatched ? '; it’s updated once the connection is back.' : '.'}`}
          </span>
        </p>
      ) : null}
      {state === 'outdated' ? (
        <p className="container">
          <span>This page is out of date.</span>{' '}
          <button
            type="button"
            onClick={() => {
              window.location.reload();
            }}
          >
            Reload
          </button>
        </p>
      ) : null}
    </div>
  );
}
