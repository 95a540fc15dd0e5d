import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { addFile } from '@/api/deliveries.ts';
import { isTicketId } from '@/api/tickets.ts';
import { isSameOrigin } from '@/lib/csrf.ts';
import { goTo } from '@/lib/form-route.ts';
import { withNews } from '@/lib/news.ts';
import { visitorOptions } from '@/lib/visitor-options.ts';

/**
 * Adds a file to a ticket for the form on the page above, with and without scripts. Not a server action, because those keep the whole
 * file in memory: here it is passed on as it arrives. proxy.ts does not run for this path, for the same reason. Redirects (303) to the
 * page, with the problem's code if there is one.
 */
export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  if (!isSameOrigin(request.headers)) return new Response('Requests from other sites are refused.', { status: 403 });
  const { id } = await params;
  const contentType = request.headers.get('content-type');
  const contentLength = request.headers.get('content-length');
  if (!isTicketId(id) || contentType === null || contentLength === null || request.body === null)
    return new Response('This address expects a form with a file.', { status: 400 });

  const answer = await addFile(visitorOptions(request.headers), id, {
    body: Readable.fromWeb(request.body as ReadableStream),
    contentType,
    contentLength,
  });
  const page = `/tickets/${id}/delivery`;
  if (answer.ok) return goTo(withNews(page, 'delivery-saved'));
  return goTo(`${page}?${new URLSearchParams({ problem: problemOf(answer) }).toString()}`);
}

function problemOf({
  status,
  isOutcomeUnknown,
  problems,
}: {
  status: number;
  isOutcomeUnknown: boolean;
  problems: { code: string }[];
}) {
  if (status === 401) return 'signed-out';
  return isOutcomeUnknown ? 'unknown' : (problems[0]?.code ?? 'unknown');
}
