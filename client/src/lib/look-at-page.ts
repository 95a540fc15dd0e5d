import type { Look } from './watch.ts';

/**
 * Looks whether a page can be loaded again, by its own status: proxy.ts has that from what the page is about. Whether what it would show
 * has changed is not known, so it counts as changed.
 */
export async function lookAtPage(head: () => Promise<{ status: number }>): Promise<Look> {
  try {
    return (await head()).status < 500 ? 'changed' : 'unchanged';
  } catch {
    return 'unreachable';
  }
}
