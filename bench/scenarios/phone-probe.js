// Runs in each page before its own scripts. Reports through `report`, which the benchmark exposes: layout shifts, the largest
// contentful paint, and how long after a tap on a link or a button the page has painted a change.
(() => {
  const send = (kind, value) => window.report(kind, value);
  const observe = (type, seen) =>
    new PerformanceObserver((list) => list.getEntries().forEach(seen)).observe({ type, buffered: true });
  observe('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) send('shift', value);
  });
  observe('largest-contentful-paint', ({ startTime }) => send('lcp', startTime));

  // In milliseconds since 1970, because a tap may lead to another document.
  const KEY = 'bench-tapped-at';
  const now = () => performance.timeOrigin + performance.now();
  const painted = () => {
    const tappedAt = sessionStorage.getItem(KEY);
    if (tappedAt === null) return;
    sessionStorage.removeItem(KEY);
    send('feedback', now() - Number(tappedAt));
  };
  addEventListener(
    'pointerdown',
    ({ target, timeStamp }) => {
      if (target.closest('a, button')) sessionStorage.setItem(KEY, String(performance.timeOrigin + timeStamp));
    },
    true,
  );
  // The task after a frame's callbacks begins when the frame has been handed over to be painted.
  const afterPaint = (then) => requestAnimationFrame(() => setTimeout(then));
  new MutationObserver(() => {
    if (document.body && sessionStorage.getItem(KEY) !== null) afterPaint(painted);
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})();
