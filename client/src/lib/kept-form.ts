const KEY = 'kept-form';

interface KeptForm {
  path: string;
  values: Record<string, string>;
}

/** Keeps what was typed into the form of this page, in this tab, until the page is loaded again. */
export function keepForm(values: Record<string, string>): void {
  const kept: KeptForm = { path: window.location.pathname, values };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A browser that blocks cookies blocks this, too: the page is then loaded without it.
  }
}

/** Calls `restore` with what was kept for this page, if anything, once. */
export function restoreForm(restore: (values: Record<string, string>) => void): void {
  let kept: KeptForm | null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as KeptForm | null;
    sessionStorage.removeItem(KEY);
  } catch {
    return;
  }
  if (kept?.path === window.location.pathname) restore(kept.values);
}
