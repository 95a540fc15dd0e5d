const EVENTS = ['pageshow', 'online', 'offline', 'focus'] as const;

/** Calls `listener` whenever the visitor comes back to the page or the connection changes. Returns how to call it off. */
export function onReturn(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  for (const event of EVENTS) window.addEventListener(event, listener);
  return () => {
    document.removeEventListener('visibilitychange', listener);
    for (const event of EVENTS) window.removeEventListener(event, listener);
  };
}
