import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** The attributes that a field passes to its control. */
export interface ControlProps {
  id: string;
  name: string;
  'aria-invalid'?: true;
  'aria-describedby'?: string;
}

/** A labelled control with its hint and its problem, both announced with it by screen readers. */
export function Field({
  name,
  id = name,
  label,
  isOptional = false,
  hint,
  problem,
  className,
  children,
}: {
  name: string;
  id?: string;
  label: string;
  isOptional?: boolean;
  hint?: string | undefined;
  problem?: string | undefined;
  className?: string;
  children: (control: ControlProps) => ReactNode;
}) {
  const hintId = `${id}-hint`;
  const problemId = `${id}-problem`;
  const described = [...(hint === undefined ? [] : [hintId]), ...(problem === undefined ? [] : [problemId])];
  return (
    <div className={className === undefined ? 'field' : `field ${className}`}>
      <label className="form-label" htmlFor={id}>
        {label}
        {isOptional ? <span className="optional"> (optional)</span> : null}
      </label>
      {children({
        id,
        name,
        ...(problem !== undefined && { 'aria-invalid': true }),
        ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
      })}
      {hint === undefined ? null : (
        <div className="form-text" id={hintId}>
          {hint}
        </div>
      )}
      <FieldProblem id={problemId} text={problem} />
    </div>
  );
}

/** The problem of one field, beside it. */
export function FieldProblem({ id, text }: { id: string; text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p className="field-problem" id={id}>
      <Icon name="warn" size={14} />
      <span>{text}</span>
    </p>
  );
}
