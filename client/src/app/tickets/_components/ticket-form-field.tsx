'use client';
import { useEffect, useRef } from 'react';
import type { TicketInput } from '@/api/types.ts';
import { TICKET_FIELDS } from '@/lib/ticket-fields.ts';
import type { TicketControl, TicketValues } from '@/lib/ticket-input.ts';
import { type ControlProps, Field } from '@/ui/field.tsx';
import type { TicketFormChoices } from './ticket-form-choices.ts';

/** The id of a control in the page. */
export const idOf = (control: string): string => `ticket-${control}`;

/** The control for a field of lib/ticket-fields.ts, by its kind. */
export function TicketFormField({
  name,
  values,
  problem,
  choices,
  guessZone,
}: {
  name: keyof TicketInput;
  values: TicketValues;
  problem: (control: TicketControl) => string | undefined;
  choices: TicketFormChoices;
  guessZone: boolean;
}) {
  const field = TICKET_FIELDS[name];
  const isRequired = field.required !== undefined;
  const common = { name, id: idOf(name), label: field.label, hint: field.hint, problem: problem(name) };
  const text = { className: 'form-control', defaultValue: values[name], required: isRequired };
  switch (field.kind) {
    case 'text':
      return (
        <Field {...common} isOptional={!isRequired}>
          {(control) => <input {...control} {...text} maxLength={field.maxLength} autoComplete="off" />}
        </Field>
      );
    case 'long-text':
      return (
        <Field {...common} isOptional={!isRequired}>
          {(control) => <textarea {...control} {...text} maxLength={field.maxLength} rows={4} />}
        </Field>
      );
    case 'price':
      return (
        <>
          <Field {...common} className="field-half">
            {(control) => <input {...control} {...text} inputMode="decimal" autoComplete="off" />}
          </Field>
          <Field
            name="currency"
            id={idOf('currency')}
            label="Currency"
            problem={problem('currency')}
            className="field-half"
          >
            {(control) => <CurrencySelect {...control} value={values.currency} currencies={choices.currencies} />}
          </Field>
        </>
      );
    case 'instant':
      return (
        <Field {...common} isOptional={!isRequired} className="field-half">
          {(control) => <input {...control} {...text} type="datetime-local" />}
        </Field>
      );
    case 'time-zone':
      return (
        <Field {...common} className="field-half">
          {(control) => <ZoneSelect {...control} value={values[name]} zones={choices.zones} guess={guessZone} />}
        </Field>
      );
  }
}

function CurrencySelect({
  value,
  currencies,
  ...control
}: ControlProps & { value: string; currencies: TicketFormChoices['currencies'] }) {
  return (
    <select {...control} className="form-select" defaultValue={value}>
      {currencies.map(([code, name]) => (
        <option key={code} value={code}>
          {code.toUpperCase()} · {name}
        </option>
      ))}
    </select>
  );
}

function ZoneSelect({
  value,
  zones,
  guess,
  ...control
}: ControlProps & { value: string; zones: TicketFormChoices['zones']; guess: boolean }) {
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    // Most people sell tickets near them: their own zone is the best guess until they have chosen one.
    if (guess && select.current?.value === 'UTC')
      select.current.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    // The browser's zone may not be in the list.
    if (select.current?.value === '') select.current.value = 'UTC';
  }, [guess]);
  return (
    <select {...control} className="form-select" defaultValue={value} ref={select}>
      {zones.map(([region, names]) => (
        <optgroup key={region} label={region}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name.replaceAll('_', ' ')}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
