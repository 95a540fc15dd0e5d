'use client';
import { FormProblems } from '@/components/form-problems.tsx';
import { useFormAction } from '@/components/use-form-action.ts';
import { type FormAction, problemOf } from '@/lib/form-state.ts';
import { Field } from '@/ui/field.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';

const idOf = (field: string): string => `delivery-${field}`;

/** The code and the instructions that the buyer gets. A refused form keeps what was typed. */
export function CodeForm({
  action,
  ticketId,
  initial,
  formats,
}: {
  action: FormAction;
  ticketId: string;
  initial: { code: string; codeFormat: string; instructions: string; textTag: string };
  formats: [format: string, name: string][];
}) {
  const [state, send] = useFormAction(action, { restores: true });
  const values = { ...initial, ...state.values };
  const common = (name: keyof typeof initial) => ({ name, id: idOf(name), problem: problemOf(state, name) });
  return (
    <form action={send} noValidate>
      <FormProblems state={state} idOf={idOf} />
      <input type="hidden" name="ticketId" value={ticketId} />
      {/* React resets a form once its action has run; a new key restores what was typed. */}
      <div className="form-grid" key={state.attempt}>
        <input type="hidden" name="textTag" value={values.textTag} />
        <Field {...common('code')} label="Code" isOptional hint="The letters and digits that the barcode stands for.">
          {(control) => (
            <input
              {...control}
              className="form-control"
              defaultValue={values.code}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
            />
          )}
        </Field>
        <Field {...common('codeFormat')} label="Kind of barcode">
          {(control) => (
            <select {...control} className="form-select" defaultValue={values.codeFormat}>
              {formats.map(([format, name]) => (
                <option key={format} value={format}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          {...common('instructions')}
          label="Instructions"
          isOptional
          hint="Only the buyer sees them: where to go, whom to ask for."
        >
          {(control) => (
            <textarea {...control} className="form-control" dir="auto" defaultValue={values.instructions} rows={4} />
          )}
        </Field>
      </div>
      <div className="form-end">
        <SubmitButton label="Save" pendingLabel="Saving…" />
      </div>
    </form>
  );
}
