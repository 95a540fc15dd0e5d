'use client';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import type { FormState } from '../lib/form-state.ts';
import { Icon } from './icon.tsx';

/** Why a form was refused, above it; takes the focus each time. Links lead to the fields. */
export function Problems({ state, idOf }: { state: FormState; idOf?: (field: string) => string }) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (state.problems.length > 0) box.current?.focus();
  }, [state]);
  if (state.problems.length === 0) return null;
  const [only, ...others] = state.problems;
  const single = only !== undefined && others.length === 0 ? only : undefined;
  const title = single?.text ?? 'There is a problem';
  const linked = ({ field, text }: { field?: string; text: string }) =>
    field === undefined || idOf === undefined ? text : <a href={`#${idOf(field)}`}>{text}</a>;
  return (
    <section className="notice notice-bad" role="alert" tabIndex={-1} ref={box}>
      <Icon name="warn" size={20} />
      <strong>{single === undefined ? title : linked(single)}</strong>
      {single === undefined ? (
        <ul>
          {state.problems.map((problem) => (
            <li key={`${problem.field ?? ''} ${problem.text}`}>{linked(problem)}</li>
          ))}
        </ul>
      ) : null}
      {state.signIn === undefined ? null : (
        <p>
          <Link href={state.signIn} target="_blank" prefetch={false}>
            Sign in (opens in a new tab)
          </Link>
        </p>
      )}
    </section>
  );
}

/** What is wrong with one field, beside it. */
export function FieldProblem({ id, text }: { id: string; text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p className="field-problem" id={id}>
      <Icon name="warn" size={14} />
      {text}
    </p>
  );
}
