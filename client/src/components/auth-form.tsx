'use client';
import { useRouter } from 'next/navigation';
import { type SubmitEvent, useState } from 'react';
import { authProblems, type AuthIntent, UNREACHABLE } from '../lib/auth-input.ts';
import type { FormState } from '../lib/form-state.ts';
import type { Problem } from '../lib/types.ts';
import { FieldProblem, Problems } from './problems.tsx';
import { SubmitButton } from './submit-button.tsx';

const idOf = (field: string) => `auth-${field}`;

/**
 * Signs in or up. With JavaScript it calls the API directly, so that the cookie is set by the API and rate limits count
 * this browser; without, the form posts to /auth/submit, which calls the API on its behalf.
 */
export function AuthForm({ intent, next, initial }: { intent: AuthIntent; next: string; initial: FormState }) {
  const router = useRouter();
  const [state, setState] = useState(initial);
  const [busy, setBusy] = useState(false);
  const problem = (field: string) => state.problems.find((one) => one.field === field)?.text;

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    const refused = await ask(intent, { email: form.get('email'), password: form.get('password') });
    if (refused === undefined) {
      router.replace(next);
      router.refresh();
      return;
    }
    setBusy(false);
    setState((before) => ({ attempt: before.attempt + 1, problems: refused }));
  }

  const passwordAbout = [
    ...(intent === 'signup' ? [`${idOf('password')}-hint`] : []),
    ...(problem('password') === undefined ? [] : [`${idOf('password')}-problem`]),
  ].join(' ');

  return (
    <form
      method="post"
      action="/auth/submit"
      noValidate
      onSubmit={(event) => {
        void submit(event);
      }}
    >
      <Problems state={state} idOf={idOf} />
      <input type="hidden" name="intent" value={intent} />
      <input type="hidden" name="next" value={next} />
      <div className="field">
        <label className="form-label" htmlFor={idOf('email')}>
          Email address
        </label>
        <input
          className="form-control"
          id={idOf('email')}
          name="email"
          type="email"
          autoComplete="username"
          required
          defaultValue={initial.values?.['email'] ?? ''}
          aria-invalid={problem('email') !== undefined}
          aria-describedby={problem('email') === undefined ? undefined : `${idOf('email')}-problem`}
        />
        <FieldProblem id={`${idOf('email')}-problem`} text={problem('email')} />
      </div>
      <div className="field">
        <label className="form-label" htmlFor={idOf('password')}>
          Password
        </label>
        <input
          className="form-control"
          id={idOf('password')}
          name="password"
          type="password"
          autoComplete={intent === 'signup' ? 'new-password' : 'current-password'}
          required
          aria-invalid={problem('password') !== undefined}
          aria-describedby={passwordAbout === '' ? undefined : passwordAbout}
        />
        {intent === 'signup' ? (
          <div className="form-text" id={`${idOf('password')}-hint`}>
            At least 8 characters. Three random words work well.
          </div>
        ) : null}
        <FieldProblem id={`${idOf('password')}-problem`} text={problem('password')} />
      </div>
      <div className="form-end">
        <SubmitButton
          label={intent === 'signup' ? 'Create account' : 'Sign in'}
          busyLabel={intent === 'signup' ? 'Creating your account…' : 'Signing in…'}
          busy={busy}
        />
      </div>
    </form>
  );
}

/** The problems of a refused request; undefined on success. */
async function ask(intent: AuthIntent, body: unknown): Promise<FormState['problems'] | undefined> {
  try {
    const response = await fetch(`/api/users/${intent}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return undefined;
    if (response.status >= 500) return [UNREACHABLE[intent]];
    const { errors } = (await response.json()) as { errors: Problem[] };
    return authProblems(errors, Number(response.headers.get('retry-after')) || undefined);
  } catch {
    return [UNREACHABLE[intent]];
  }
}
