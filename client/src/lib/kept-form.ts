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

/** Returns what was kept for this page, once. */
export function takeKeptForm(): Record<string, string> | undefined {
  try {
    const text = sessionStorage.getItem(KEY);
    if (text === null) return undefined;
    sessionStorage.removeItem(KEY);
    const { path, values } = JSON.parse(text) as KeptForm;
    return path === window.location.pathname ? values : undefined;
  } catch {
    return undefined;
  }
}
