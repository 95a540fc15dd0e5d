'use client';
import { useEffect, useId, useRef } from 'react';
import type { FormProblem, FormState } from '@/lib/form-state.ts';
import { keepForm } from '@/lib/kept-form.ts';
import { prefixTitle } from '@/lib/title-prefix.ts';
import { Button } from '@/ui/button.tsx';
import { Icon } from '@/ui/icon.tsx';
import { Link } from '@/ui/link.tsx';

/** Why a form was refused, above it; takes the focus each time. Links lead to the fields. */
export function FormProblems({ state, idOf }: { state: FormState; idOf?: (field: string) => string }) {
  const box = useRef<HTMLElement>(null);
  const headingId = useId();
  useEffect(() => {
    if (state.problems.length === 0) return;
    box.current?.focus();
    prefixTitle('error', 'Error: ');
    return () => {
      prefixTitle('error', '');
    };
  }, [state]);
  if (state.problems.length === 0) return null;
  const linked = ({ field, text }: FormProblem) =>
    field === undefined || idOf === undefined ? text : <a href={`#${idOf(field)}`}>{text}</a>;
  return (
    // It takes the focus, so it is read without being an alert, which would be read a second time.
    <section className="notice notice-bad" aria-labelledby={headingId} tabIndex={-1} ref={box}>
      <Icon name="warn" size={20} />
      <h2 id={headingId}>There is a problem</h2>
      <ul>
        {state.problems.map((problem) => (
          <li key={`${problem.field ?? ''} ${problem.text}`}>{linked(problem)}</li>
        ))}
      </ul>
      {state.mustReload === true ? (
        <p>
          <Button
            variant="quiet"
            onClick={() => {
              keepForm(state.values ?? {});
              window.location.reload();
            }}
          >
            Reload this page
          </Button>
        </p>
      ) : null}
      {state.look === undefined ? null : (
        <p>
          <Link href={state.look.href}>{`Go to ${state.look.label}`}</Link>
        </p>
      )}
      {state.signIn === undefined ? null : (
        <p>
          <Link href={state.signIn} target="_blank">
            Sign in (opens in a new tab)
          </Link>
        </p>
      )}
    </section>
  );
}
