const KINDS = ['error', 'time'] as const;

const prefixes = new Map<(typeof KINDS)[number], string>();
let written = '';

/** Puts a prefix before the title of the page in the tab, or takes the one of its kind away when it is empty. */
export function prefixTitle(kind: (typeof KINDS)[number], prefix: string): void {
  // The page may have another title by now.
  const title = document.title.startsWith(written) ? document.title.slice(written.length) : document.title;
  prefixes.set(kind, prefix);
  written = KINDS.map((name) => prefixes.get(name) ?? '').join('');
  document.title = written + title;
}
