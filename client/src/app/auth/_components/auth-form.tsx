'use client';
import { type SubmitEvent, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { getCurrentUser, signIn, signUp } from '@/api/users.ts';
import type { Credentials } from '@/api/types.ts';
import { FormProblems } from '@/components/form-problems.tsx';
import { KeyField } from '@/components/key-field.tsx';
import { CHOSEN_PASSWORD } from '@/components/new-password.ts';
import { nextKey } from '@/lib/form-failure.ts';
import { type FormState, formText, problemOf } from '@/lib/form-state.ts';
import { unpackHold } from '@/lib/hold-intent.ts';
import { keyOf } from '@/lib/idempotency-key.ts';
import { Field } from '@/ui/field.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { authProblems, type AuthIntent, COOKIES_BLOCKED, OFFLINE } from '../_lib/auth-input.ts';
import { holdAfterSignIn } from '../_lib/hold-after-sign-in.ts';

interface Variant {
  send: typeof signIn;
  label: string;
  pendingLabel: string;
  autoComplete: string;
  hint?: string;
}

const VARIANTS: Record<AuthIntent, Variant> = {
  signin: { send: signIn, label: 'Sign in', pendingLabel: 'Signing in…', autoComplete: 'current-password' },
  signup: {
    send: signUp,
    label: 'Create account',
    pendingLabel: 'Creating your account…',
    ...CHOSEN_PASSWORD,
  },
};

const idOf = (field: string) => `auth-${field}`;

/**
 * Signs in or up. With JavaScript it calls the API directly, so that the cookie is set by the API and rate limits count
 * this browser; without, the form posts to /auth/submit, which calls the API on its behalf.
 */
export function AuthForm({
  intent,
  next,
  hold,
  initial,
  idempotencyKey,
}: {
  intent: AuthIntent;
  next: string;
  /** The order to place once signed in, as in lib/hold-intent.ts. */
  hold: string | undefined;
  initial: FormState;
  idempotencyKey: string;
}) {
  const [state, setState] = useState(initial);
  const [isPending, setPending] = useState(false);
  const { send, label, pendingLabel, autoComplete, hint } = VARIANTS[intent];

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isPending) return;
    const form = new FormData(event.currentTarget);
    setPending(true);
    const credentials = { email: formText(form, 'email'), password: formText(form, 'password') };
    const refused = await signInAndHold(credentials, keyOf(form));
    if (refused === undefined) return;
    setPending(false);
    setState(({ attempt }) => ({ attempt: attempt + 1, ...refused }));
  }

  /** Ends in a full load of the next page, so that nothing of a guest's stays; otherwise returns why not, and the form's next key. */
  async function signInAndHold(
    credentials: Credentials,
    key: string | undefined,
  ): Promise<Pick<FormState, 'problems' | 'key'> | undefined> {
    if (!navigator.onLine) return { problems: [OFFLINE] };
    const http = createHttp({ baseUrl: '' });
    const answer = await send(http, credentials, key);
    if (!answer.ok) return { problems: authProblems(intent, answer), ...nextKey(key, answer) };
    const session = await getCurrentUser(http);
    if (session.ok && session.data.currentUser === null) return { problems: [COOKIES_BLOCKED] };
    const intended = unpackHold(hold);
    window.location.replace(intended === undefined ? next : await holdAfterSignIn(http, intended));
    return undefined;
  }

  return (
    <form
      method="post"
      action="/auth/submit"
      noValidate
      onSubmit={(event) => {
        void submit(event);
      }}
    >
      <FormProblems state={state} idOf={idOf} />
      <KeyField rendered={idempotencyKey} state={state} />
      <input type="hidden" name="intent" value={intent} />
      <input type="hidden" name="next" value={next} />
      {hold === undefined ? null : <input type="hidden" name="hold" value={hold} />}
      <Field name="email" id={idOf('email')} label="Email address" problem={problemOf(state, 'email')}>
        {(control) => (
          <input
            {...control}
            className="form-control"
            type="email"
            autoComplete="username"
            required
            defaultValue={initial.values?.['email'] ?? ''}
          />
        )}
      </Field>
      <Field name="password" id={idOf('password')} label="Password" hint={hint} problem={problemOf(state, 'password')}>
        {(control) => (
          <input {...control} className="form-control" type="password" autoComplete={autoComplete} required />
        )}
      </Field>
      <div className="form-end">
        <SubmitButton
          label={hold === undefined ? label : `${label} and hold`}
          pendingLabel={pendingLabel}
          isPending={isPending}
        />
      </div>
    </form>
  );
}
