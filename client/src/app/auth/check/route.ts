import { goTo } from '@/lib/form-route.ts';
import { checkedPath } from '../_lib/kept-session.ts';

/** Follows signing in and up without scripts: an answer that sets a session does not tell whether the browser keeps it. */
export const GET = (request: Request): Response =>
  goTo(checkedPath(request.headers.get('cookie'), new URL(request.url).searchParams));
