'use client';
import { useEffect, useRef } from 'react';
import type { FormProblem, FormState } from '@/lib/form-state.ts';
import { Icon } from '@/ui/icon.tsx';
import { Link } from '@/ui/link.tsx';

/** Why a form was refused, above it; takes the focus each time. Links lead to the fields. */
export function FormProblems({ state, idOf }: { state: FormState; idOf?: (field: string) => string }) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (state.problems.length > 0) box.current?.focus();
  }, [state]);
  const [first, ...others] = state.problems;
  if (first === undefined) return null;
  const linked = ({ field, text }: FormProblem) =>
    field === undefined || idOf === undefined ? text : <a href={`#${idOf(field)}`}>{text}</a>;
  return (
    <section className="notice notice-bad" role="alert" tabIndex={-1} ref={box}>
      <Icon name="warn" size={20} />
      <strong>{others.length === 0 ? linked(first) : 'There is a problem'}</strong>
      {others.length === 0 ? null : (
        <ul>
          {state.problems.map((problem) => (
            <li key={`${problem.field ?? ''} ${problem.text}`}>{linked(problem)}</li>
          ))}
        </ul>
      )}
      {state.look === undefined ? null : (
        <p>
          <Link href={state.look.href}>Go to {state.look.label}</Link>
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
