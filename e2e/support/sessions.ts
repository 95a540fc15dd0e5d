import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '../../scripts/stack.ts';
import { cookieOf, visitors } from './http.ts';
import type { Answer, User } from './http.ts';

/** What each service answers to who is signed in, and with 401 to nobody. */
const reads: Partial<Record<string, string>> = {
  ...{ auth: '/api/users/sessions', tickets: '/api/tickets/mine' },
  ...{ orders: '/api/orders', payments: '/api/payments/none-1' },
};

/** What each process of each service answers to a request with this cookie. */
export async function answersTo(
  { processes }: Pick<Stack, 'processes'>,
  cookie: string,
): Promise<{ process: string; status: number }[]> {
  const asked = processes.flatMap(({ name, service, url }) => {
    const read = reads[service];
    return read === undefined ? [] : [{ name, address: url + read }];
  });
  return Promise.all(
    asked.map(async ({ name, address }) => {
      const status = await fetch(address, { headers: { cookie } }).then(
        (answer) => answer.status,
        () => 0,
      );
      return { process: name, status };
    }),
  );
}

const pick = (count: number): number => Math.floor(Math.random() * count);
const isDone = ({ status }: Answer<unknown>): boolean => status >= 200 && status < 300;
const isUnknown = ({ status }: Answer<unknown>): boolean => status === 0 || status >= 500;

/**
 * Runs users who sign in in several browsers, and sign out in one, in the others, everywhere, or change their password, until stopped.
 * Each pauses for `pauseMs` after what they did. `ended` has the cookies of the sessions whose end was acknowledged with a 2xx, `live`
 * those of the sessions that nobody has tried to end.
 */
export async function startBrowsers(
  url: string,
  {
    users = 3,
    pauseMs = 500,
    onAnswer = () => undefined,
  }: { users?: number; pauseMs?: number; onAnswer?: (what: string, answer: Answer<unknown>) => void } = {},
) {
  const { api, signUp } = visitors(url);
  const ended = new Set<string>();
  const live = new Set<string>();
  let running = true;

  const send = async (what: string, method: string, path: string, body?: object, cookie?: string) => {
    const answer = await api(method, `/users${path}`, body, cookie);
    onAnswer(what, answer);
    return answer;
  };

  /** Ends sessions by a request. Resolves to whether its outcome is known: otherwise nobody knows which of them live. */
  async function end(cookies: readonly string[], request: Promise<Answer<unknown>>): Promise<boolean> {
    for (const cookie of cookies) live.delete(cookie);
    const answer = await request;
    if (isDone(answer)) for (const cookie of cookies) ended.add(cookie);
    return isDone(answer);
  }

  /** Browses as one user until the outcome of a request is unknown, or it is refused. */
  async function browse({ email, password: first, cookie: signedUp }: User): Promise<void> {
    let password = first;
    let browsers = [signedUp];
    live.add(signedUp);
    for (let turn = 0; running; turn++) {
      await delay(pauseMs);
      const current = browsers[pick(browsers.length)];
      if (current === undefined || (browsers.length < 4 && Math.random() < 0.5)) {
        const answer = await send('sign in', 'POST', '/signin', { email, password });
        if (isUnknown(answer)) continue;
        if (!isDone(answer)) return;
        browsers.push(cookieOf(answer));
        live.add(cookieOf(answer));
        continue;
      }
      const others = browsers.filter((one) => one !== current);
      const [over, isKnown] = (await [
        async () => [[current], await end([current], send('sign out', 'POST', '/signout', {}, current))] as const,
        async () => {
          const request = send('sign out elsewhere', 'DELETE', '/sessions?except=current', undefined, current);
          return [others, await end(others, request)] as const;
        },
        async () =>
          [
            browsers,
            await end(browsers, send('sign out everywhere', 'DELETE', '/sessions', undefined, current)),
          ] as const,
        async () => {
          const change = { currentPassword: password, password: `${first} ${turn}` };
          password = change.password;
          return [others, await end(others, send('change the password', 'PUT', '/password', change, current))] as const;
        },
      ][pick(4)]?.()) ?? [[], false];
      if (!isKnown) {
        for (const one of browsers) live.delete(one);
        return;
      }
      browsers = browsers.filter((one) => !over.includes(one));
    }
  }

  const first = await Promise.all(Array.from({ length: users }, signUp));
  const loops = first.map(async (user) => {
    for (let next: User | undefined = user; running; next = await signUp().catch(() => undefined))
      await (next ? browse(next) : delay(pauseMs));
  });

  return {
    ended: ended as ReadonlySet<string>,
    live: live as ReadonlySet<string>,
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}

/**
 * Uses a copy of each cookie at each process. Returns, a line each, who accepts a session that has ended or refuses one that has not.
 */
export async function misjudgedCookies(
  stack: Pick<Stack, 'processes'>,
  { ended, live }: { ended: ReadonlySet<string>; live: ReadonlySet<string> },
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [cookies, isRight, what] of [
    [ended, (status: number) => status === 401, 'a session that has ended'],
    [live, (status: number) => status >= 200 && status < 500 && status !== 401, 'a session that goes on'],
  ] as const)
    for (const cookie of cookies)
      for (const { process, status } of await answersTo(stack, cookie))
        if (!isRight(status)) wrong.push(`${process} answers ${status} to ${what}`);
  return wrong;
}
