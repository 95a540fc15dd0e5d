import type { MetadataRoute } from 'next';
import { connection } from 'next/server';
import { createHttp } from '@/api/http.ts';
import { listTickets } from '@/api/tickets.ts';
import { apiUrl, siteUrl } from '@/lib/config.ts';

const PAGES = 10;
const KEPT_MS = 600_000;

let kept: { until: number; urls: Promise<string[]> } | undefined;

/** The list and the newest thousand tickets on sale, read every ten minutes at most. */
export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  await connection();
  const site = siteUrl();
  if (site === undefined) return [];
  if (kept === undefined || kept.until < Date.now()) kept = { until: Date.now() + KEPT_MS, urls: newestTickets() };
  try {
    const ids = await kept.urls;
    return ['/', ...ids.map((id) => `/tickets/${id}`)].map((path) => ({ url: new URL(path, site).href }));
  } catch (error) {
    kept = undefined;
    throw error;
  }
}

/** Throws when tickets is unavailable: a search engine would take a short list for a site that has shrunk. */
async function newestTickets(): Promise<string[]> {
  const http = createHttp({ baseUrl: apiUrl() });
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES && (page === 0 || cursor !== null); page++) {
    const answer = await listTickets(http, { limit: 100, ...(cursor !== null && { cursor }) });
    if (!answer.ok) throw new Error(`The tickets can not be listed: status ${answer.status}.`);
    ids.push(...answer.data.tickets.map(({ id }) => id));
    cursor = answer.data.next;
  }
  return ids;
}
