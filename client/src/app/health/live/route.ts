export const dynamic = 'force-dynamic';

/** The process is well. Pages say themselves what of the API does not answer, so there is no more to being ready. */
export function GET(): Response {
  return Response.json({ status: 'live' });
}
