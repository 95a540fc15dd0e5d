export const dynamic = 'force-dynamic';

/** Pages can be served: without the API too, for they say what does not answer. */
export function GET(): Response {
  return Response.json({ status: 'ready' });
}
