'use server';
import { refresh } from 'next/cache';
import { headers } from 'next/headers';

/** Renders the page that calls it again. A server action, because one that fails only rejects: see refresh-page.ts. */
export async function renderAgain(): Promise<void> {
  // Server actions must be async.
  await headers();
  refresh();
}
