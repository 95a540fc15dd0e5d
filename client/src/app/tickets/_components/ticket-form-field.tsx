'use client';
import { useEffect, useRef } from 'react';
import type { TicketInput } from '@/api/types.ts';
import { TICKET_FIELDS } from '@/lib/ticket-fields.ts';
import type { TicketControl, TicketValues } from '@/lib/ticket-input.ts';
import { currentZone, isZone } from '@/lib/time.ts';
import { useInBrowser } from '@/lib/use-in-browser.ts';
import { type ControlProps, Field } from '@/ui/field.tsx';
import { PriceFields } from './price-fields.tsx';
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
  const common = {
    name,
    id: idOf(name),
    label: field.label,
    hint: field.hint,
    problem: problem(name),
    isOptional: !isRequired,
    ...(field.width !== undefined && { className: `field-${field.width}` }),
  };
  // No maxLength: browsers count UTF-16 before the API composes the text (NFC), so it would end some texts that the API accepts.
  const text = { className: 'form-control', defaultValue: values[name], required: isRequired };
  switch (field.kind) {
    case 'text':
      return <Field {...common}>{(control) => <input {...control} {...text} dir="auto" autoComplete="off" />}</Field>;
    case 'long-text':
      return <Field {...common}>{(control) => <textarea {...control} {...text} dir="auto" rows={4} />}</Field>;
    case 'choice':
      return (
        <Field {...common}>
          {(control) => (
            <select {...control} className="form-select" defaultValue={values[name]}>
              <option value="">Choose one</option>
              {/* A listing keeps a choice that is not offered any more. */}
              {values[name] === '' || Object.hasOwn(field.options, values[name]) ? null : (
                <option value={values[name]}>{values[name]}</option>
              )}
              {Object.entries(field.options).map(([code, label]) => (
                <option key={code} value={code}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      );
    case 'amount':
      return (
        <Field {...common}>
          {(control) => <input {...control} {...text} inputMode="decimal" autoComplete="off" />}
        </Field>
      );
    case 'price':
      return (
        <PriceFields
          price={common}
          currency={{ name: 'currency', id: idOf('currency'), label: 'Currency', problem: problem('currency') }}
          values={values}
          currencies={choices.currencies}
        />
      );
    case 'instant':
      return (
        <>
          <Field {...common}>{(control) => <input {...control} {...text} type="datetime-local" />}</Field>
          <Occurrence value={values.occurrence} problem={problem('occurrence')} />
        </>
      );
    case 'time-zone':
      return (
        <Field {...common} isOptional={false}>
          {(control) => <ZoneSelect {...control} value={values[name]} zones={choices.zones} guess={guessZone} />}
        </Field>
      );
  }
}

/** Which of two times it is, only where clocks go back over it. */
function Occurrence({ value, problem }: { value: string; problem: string | undefined }) {
  if (value === '' && problem === undefined) return null;
  return (
    <Field name="occurrence" id={idOf('occurrence')} label="Which one?" problem={problem} className="field-half">
      {(control) => (
        <select {...control} className="form-select" defaultValue={value === '' ? 'first' : value}>
          <option value="first">The first, before clocks go back</option>
          <option value="second">The second, after clocks go back</option>
        </select>
      )}
    </Field>
  );
}

/** The zone of the browser; undefined where it does not know its own. */
function browserZone(): string | undefined {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return isZone(timeZone) ? currentZone(timeZone) : undefined;
}

function ZoneSelect({
  value,
  zones,
  guess,
  ...control
}: ControlProps & { value: string; zones: TicketFormChoices['zones']; guess: boolean }) {
  const select = useRef<HTMLSelectElement>(null);
  // Most people sell tickets near them: their own zone is the best guess until they have chosen one.
  const guessed = useInBrowser(browserZone, () => undefined);
  useEffect(() => {
    if (guess && guessed !== undefined && select.current?.value === 'UTC') select.current.value = guessed;
  }, [guess, guessed]);
  const offered = new Set(zones.flatMap(([, names]) => names));
  const others = [...new Set([value, ...(guess && guessed !== undefined ? [guessed] : [])])].filter(
    (zone) => !offered.has(zone),
  );
  return (
    <select {...control} className="form-select" defaultValue={value} ref={select}>
      {[...(others.length === 0 ? [] : [['Other', others] as const]), ...zones].map(([region, names]) => (
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
