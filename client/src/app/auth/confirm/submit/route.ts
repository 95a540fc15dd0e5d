import { confirmAddress } from '@/api/users.ts';
import { formText } from '@/lib/form-state.ts';
import { visitorHttp } from '@/lib/visitor.ts';

/**
 * Confirms an address by a mailed link. Not a server action, because the API replaces the session's cookie of a visitor who is signed
 * in, and an action re-encodes a cookie's value. Redirects (303) back to the page, which tells the outcome.
 */
export async function POST(request: Request): Promise<Response> {
  let form: FormData;
  try {
    form = await request.formData();
  } catch {
    return new Response('This address expects a form.', { status: 400 });
  }
  const token = formText(form, 'token');
  const answer = await confirmAddress(await visitorHttp(), token);
  const query = answer.ok
    ? { outcome: 'confirmed' }
    : answer.status === 410
      ? { outcome: 'ended' }
      : { outcome: 'unknown', token };
  const headers = new Headers({
    Location: `/auth/confirm?${new URLSearchParams(query).toString()}`,
    'Cache-Control': 'no-store',
  });
  for (const cookie of answer.ok ? (answer.setCookie ?? []) : []) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
}
