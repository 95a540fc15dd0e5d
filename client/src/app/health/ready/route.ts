export const dynamic = 'force-dynamic';

/** Ready to serve pages, also while the API is down: they show what does not work. */
export function GET(): Response {
  return Response.json({ status: 'ready' });
}
