import { confirmAddress } from '@/api/users.ts';
import { formRoute, goTo } from '@/lib/form-route.ts';
import { formText } from '@/lib/form-state.ts';
import { visitorHttp } from '@/lib/visitor.ts';

/**
 * Confirms an address by a mailed link. Not a server action, because the API replaces the session's cookie of a visitor who is signed
 * in, and an action re-encodes a cookie's value. Redirects (303) back to the page, which tells the outcome.
 */
export const POST = formRoute(async (form) => {
  const token = formText(form, 'token');
  const answer = await confirmAddress(await visitorHttp(), token);
  const query = answer.ok
    ? { outcome: 'confirmed' }
    : answer.status === 410
      ? { outcome: 'ended' }
      : { outcome: 'unknown', token };
  return goTo(`/auth/confirm?${new URLSearchParams(query).toString()}`, answer.ok ? answer.setCookie : []);
});
