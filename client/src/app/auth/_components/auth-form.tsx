'use client';
import { useRouter } from 'next/navigation';
import { type SubmitEvent, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { signIn, signUp } from '@/api/users.ts';
import { FormProblems } from '@/components/form-problems.tsx';
import { KeyField } from '@/components/key-field.tsx';
import { nextKey } from '@/lib/form-failure.ts';
import { type FormState, formText, problemOf } from '@/lib/form-state.ts';
import { keyOf } from '@/lib/idempotency-key.ts';
import { Field } from '@/ui/field.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { authProblems, type AuthIntent } from '../_lib/auth-input.ts';

interface Variant {
  send: typeof signIn;
  label: string;
  pendingLabel: string;
  autoComplete: string;
  passwordHint?: string;
}

const VARIANTS: Record<AuthIntent, Variant> = {
  signin: { send: signIn, label: 'Sign in', pendingLabel: 'Signing in…', autoComplete: 'current-password' },
  signup: {
    send: signUp,
    label: 'Create account',
    pendingLabel: 'Creating your account…',
    autoComplete: 'new-password',
    passwordHint: 'At least 8 characters. Three random words work well.',
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
  initial,
  idempotencyKey,
}: {
  intent: AuthIntent;
  next: string;
  initial: FormState;
  idempotencyKey: string;
}) {
  const router = useRouter();
  const [state, setState] = useState(initial);
  const [isPending, setPending] = useState(false);
  const { send, label, pendingLabel, autoComplete, passwordHint } = VARIANTS[intent];

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isPending) return;
    const form = new FormData(event.currentTarget);
    setPending(true);
    const key = keyOf(form);
    const credentials = { email: formText(form, 'email'), password: formText(form, 'password') };
    const answer = await send(createHttp({ baseUrl: '' }), credentials, key);
    if (answer.ok) {
      router.replace(next);
      router.refresh();
      return;
    }
    setPending(false);
    setState(({ attempt }) => ({
      attempt: attempt + 1,
      problems: authProblems(intent, answer),
      ...nextKey(key, answer),
    }));
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
      <Field
        name="password"
        id={idOf('password')}
        label="Password"
        hint={passwordHint}
        problem={problemOf(state, 'password')}
      >
        {(control) => (
          <input {...control} className="form-control" type="password" autoComplete={autoComplete} required />
        )}
      </Field>
      <div className="form-end">
        <SubmitButton label={label} pendingLabel={pendingLabel} isPending={isPending} />
      </div>
    </form>
  );
}
