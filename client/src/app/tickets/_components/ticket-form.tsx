'use client';
import type { ReactNode } from 'react';
import { FormProblems } from '@/components/form-problems.tsx';
import { KeyField } from '@/components/key-field.tsx';
import { useFormAction } from '@/components/use-form-action.ts';
import { type FormAction, problemOf } from '@/lib/form-state.ts';
import { fieldsOfGroup, FORM_GROUPS } from '@/lib/ticket-fields.ts';
import type { TicketValues } from '@/lib/ticket-input.ts';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { idOf, TicketFormField } from './ticket-form-field.tsx';
import type { TicketFormChoices } from './ticket-form-choices.ts';

const GROUPS = Object.keys(FORM_GROUPS) as (keyof typeof FORM_GROUPS)[];

/**
 * Lists a ticket or edits a listing. A refused form keeps what was typed, with or without JavaScript. `children` are in its place while
 * the listing can't be loaded, unless there is what was typed.
 */
export function TicketForm({
  action,
  initial,
  ticketId,
  version,
  idempotencyKey,
  choices,
  label,
  pendingLabel,
  guessZone = false,
  children,
}: {
  action: FormAction;
  initial: TicketValues | undefined;
  ticketId?: string;
  /** Of the listing that is edited. */
  version?: number;
  idempotencyKey?: string;
  choices: TicketFormChoices;
  label: string;
  pendingLabel: string;
  guessZone?: boolean;
  children?: ReactNode;
}) {
  const page = ticketId === undefined ? undefined : `/tickets/${ticketId}/edit`;
  const [state, send] = useFormAction(action, { restores: true, page });
  const values = (state.values as TicketValues | undefined) ?? initial;
  if (values === undefined) return children;
  const versionSeen = state.values?.['version'] ?? version;
  return (
    <form action={send} noValidate>
      <FormProblems state={state} idOf={idOf} />
      {idempotencyKey === undefined ? null : <KeyField rendered={idempotencyKey} state={state} />}
      {ticketId === undefined ? null : <input type="hidden" name="ticketId" value={ticketId} />}
      {/* React resets a form once its action has run; a new key restores what was typed. */}
      <div key={state.attempt}>
        {versionSeen === undefined ? null : <input type="hidden" name="version" value={versionSeen} />}
        {/* An untouched field keeps the value that it has here. */}
        <input type="hidden" name="stored" value={values.stored} />
        {GROUPS.map((group) => (
          <fieldset className="form-group" key={group}>
            <legend>{FORM_GROUPS[group]}</legend>
            <div className="form-grid">
              {fieldsOfGroup(group).map((name) => (
                <TicketFormField
                  key={name}
                  name={name}
                  values={values}
                  problem={(control) => problemOf(state, control)}
                  choices={choices}
                  guessZone={guessZone && state.attempt === 0}
                />
              ))}
            </div>
          </fieldset>
        ))}
      </div>
      <div className="form-end">
        <SubmitButton label={label} pendingLabel={pendingLabel} />
      </div>
    </form>
  );
}
