'use client';
import { type FormAction, problemOf } from '@/lib/form-state.ts';
import type { ButtonStyle } from '@/ui/button.tsx';
import { Field } from '@/ui/field.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { FormProblems } from './form-problems.tsx';
import { useFormAction } from './use-form-action.ts';

export interface TextField {
  name: string;
  label: string;
  type: 'email' | 'password';
  autoComplete: string;
  hint?: string;
}

/** A form of a few text fields; `id` is the prefix of their ids, and `hidden` is sent with them. */
export function FieldsForm({
  id,
  action,
  fields,
  hidden = {},
  label,
  pendingLabel,
  ...style
}: ButtonStyle & {
  id: string;
  action: FormAction;
  fields: readonly TextField[];
  hidden?: Record<string, string>;
  label: string;
  pendingLabel: string;
}) {
  const [state, send] = useFormAction(action);
  const idOf = (field: string) => `${id}-${field}`;
  return (
    <form action={send} noValidate>
      <FormProblems state={state} idOf={idOf} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {fields.map(({ name, label: text, hint, type, autoComplete }) => (
        <Field key={name} name={name} id={idOf(name)} label={text} hint={hint} problem={problemOf(state, name)}>
          {(control) => (
            <input
              {...control}
              className="form-control"
              type={type}
              autoComplete={autoComplete}
              required
              defaultValue={state.values?.[name] ?? ''}
            />
          )}
        </Field>
      ))}
      <div className="form-end">
        <SubmitButton label={label} pendingLabel={pendingLabel} {...style} />
      </div>
    </form>
  );
}
