/** Reloads the page after a time where JavaScript is off. */
export function NoScriptReload({ seconds }: { seconds: number }) {
  return (
    <noscript>
      <meta httpEquiv="refresh" content={String(Math.max(1, Math.ceil(seconds)))} />
    </noscript>
  );
}
