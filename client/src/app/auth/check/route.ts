import { goTo } from '@/lib/form-route.ts';
import { holdingCookieLine } from '@/lib/holding-cookie.ts';
import { visitorHttp } from '@/lib/visitor.ts';
import { authCookie } from '../_lib/auth-cookie.ts';
import { holdAfterSignIn } from '../_lib/hold-after-sign-in.ts';
import { checkedPath, holdCookie } from '../_lib/kept-session.ts';

/**
 * Follows signing in and up without scripts: an answer that sets a session does not tell whether the browser keeps it. Then places the
 * order that the visitor has signed in for.
 */
export async function GET(request: Request): Promise<Response> {
  const cookies: string[] = [];
  const path = await checkedPath(
    request.headers.get('cookie'),
    new URL(request.url).searchParams,
    async ({ intent, key }) => {
      const target = await holdAfterSignIn(await visitorHttp(), intent, key);
      cookies.push(authCookie(holdCookie.name, { value: '', maxAge: 0 }));
      if (target.startsWith('/orders/')) cookies.push(holdingCookieLine());
      return target;
    },
  );
  return goTo(path, cookies);
}
