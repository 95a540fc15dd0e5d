'use client';
import { useActionState, useEffect, useRef } from 'react';
import type { FormAction, FormState } from '../lib/form-state.ts';
import type { TicketField, TicketValues } from '../lib/ticket-input.ts';
import { FieldProblem, Problems } from './problems.tsx';
import { SubmitButton } from './submit-button.tsx';

const idOf = (field: string) => `ticket-${field}`;

/** Lists a ticket or edits a listing. A refused form keeps what was typed, with or without JavaScript. */
export function TicketForm({
  action,
  initial,
  ticketId,
  currencies,
  zones,
  label,
  busyLabel,
  guessZone = false,
}: {
  action: FormAction;
  initial: TicketValues;
  ticketId?: string;
  /** Code and name. */
  currencies: [string, string][];
  zones: [string, string[]][];
  label: string;
  busyLabel: string;
  guessZone?: boolean;
}) {
  const [state, send] = useActionState<FormState, FormData>(action, { attempt: 0, problems: [] });
  const values = (state.values as TicketValues | undefined) ?? initial;
  const zone = useRef<HTMLSelectElement>(null);

  useEffect(() => {
    // Most people sell tickets near them: their own zone is the best guess until they have chosen one.
    if (guessZone && zone.current && state.attempt === 0 && zone.current.value === 'UTC')
      zone.current.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone.current?.value === '') zone.current.value = 'UTC';
  }, [guessZone, state.attempt]);

  const problem = (field: TicketField) => state.problems.find((one) => one.field === field)?.text;
  const common = (field: TicketField, hint?: boolean) => {
    const wrong = problem(field) !== undefined;
    const about = [...(hint ? [`${idOf(field)}-hint`] : []), ...(wrong ? [`${idOf(field)}-problem`] : [])].join(' ');
    return {
      id: idOf(field),
      name: field,
      defaultValue: values[field],
      // React resets a form once its action has run; a new key restores what was typed.
      key: `${field}-${state.attempt}`,
      ...(wrong ? { 'aria-invalid': true } : {}),
      ...(about === '' ? {} : { 'aria-describedby': about }),
    };
  };
  const trouble = (field: TicketField) => <FieldProblem id={`${idOf(field)}-problem`} text={problem(field)} />;

  const { key: titleKey, ...title } = common('title');
  const { key: priceKey, ...price } = common('price', true);
  const { key: currencyKey, ...currency } = common('currency');
  const { key: venueKey, ...venue } = common('venue');
  const { key: startsKey, ...startsAt } = common('startsAt', true);
  const { key: zoneKey, ...timeZone } = common('timeZone');
  const { key: notesKey, ...notes } = common('notes', true);

  return (
    <form action={send} noValidate>
      <Problems state={state} idOf={idOf} />
      {ticketId === undefined ? null : <input type="hidden" name="ticketId" value={ticketId} />}
      <div className="field">
        <label className="form-label" htmlFor={title.id}>
          Event
        </label>
        <input key={titleKey} {...title} className="form-control" required maxLength={120} autoComplete="off" />
        {trouble('title')}
      </div>
      <div className="fields">
        <div className="field">
          <label className="form-label" htmlFor={price.id}>
            Price
          </label>
          <input key={priceKey} {...price} className="form-control" required inputMode="decimal" autoComplete="off" />
          <div className="form-text" id={`${price.id}-hint`}>
            For example 49, 49.50 or 1,250
          </div>
          {trouble('price')}
        </div>
        <div className="field">
          <label className="form-label" htmlFor={currency.id}>
            Currency
          </label>
          <select key={currencyKey} {...currency} className="form-select">
            {currencies.map(([code, name]) => (
              <option key={code} value={code}>
                {code.toUpperCase()} · {name}
              </option>
            ))}
          </select>
          {trouble('currency')}
        </div>
      </div>
      <div className="field">
        <label className="form-label" htmlFor={venue.id}>
          Venue and city <span className="optional">(optional)</span>
        </label>
        <input key={venueKey} {...venue} className="form-control" maxLength={120} autoComplete="off" />
        {trouble('venue')}
      </div>
      <div className="fields">
        <div className="field">
          <label className="form-label" htmlFor={startsAt.id}>
            Date and start time <span className="optional">(optional)</span>
          </label>
          <input key={startsKey} {...startsAt} className="form-control" type="datetime-local" />
          <div className="form-text" id={`${startsAt.id}-hint`}>
            Local time at the venue. Sales end then.
          </div>
          {trouble('startsAt')}
        </div>
        <div className="field">
          <label className="form-label" htmlFor={timeZone.id}>
            Venue time zone
          </label>
          <select key={zoneKey} {...timeZone} className="form-select" ref={zone}>
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
          {trouble('timeZone')}
        </div>
      </div>
      <div className="field">
        <label className="form-label" htmlFor={notes.id}>
          Anything a buyer should know? <span className="optional">(optional)</span>
        </label>
        <textarea key={notesKey} {...notes} className="form-control" rows={4} maxLength={1000} />
        <div className="form-text" id={`${notes.id}-hint`}>
          Seat, entrance, how you’ll deliver it.
        </div>
        {trouble('notes')}
      </div>
      <div className="form-end">
        <SubmitButton label={label} busyLabel={busyLabel} />
      </div>
    </form>
  );
}
