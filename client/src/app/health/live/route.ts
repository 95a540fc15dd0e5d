export const dynamic = 'force-dynamic';

/** Live. Being ready takes no more: when the API is down, the pages show it. */
export function GET(): Response {
  return Response.json({ status: 'live' });
}
