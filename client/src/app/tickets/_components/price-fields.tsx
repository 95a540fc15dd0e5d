'use client';
import { type ComponentProps, useState } from 'react';
import { useFormat } from '@/components/format-context.tsx';
import type { Format } from '@/lib/formats.ts';
import { formatMoney, parsePrice } from '@/lib/money.ts';
import type { TicketValues } from '@/lib/ticket-input.ts';
import { useIsLive } from '@/lib/use-in-browser.ts';
import { type ControlProps, Field } from '@/ui/field.tsx';
import type { TicketFormChoices } from './ticket-form-choices.ts';

type FieldProps = Omit<ComponentProps<typeof Field>, 'children'>;

/** The price and its currency, with what the buyer pays and what the seller gets. */
export function PriceFields({
  price,
  currency,
  values,
  currencies,
}: {
  price: FieldProps;
  currency: FieldProps;
  values: Pick<TicketValues, 'price' | 'currency'>;
  currencies: TicketFormChoices['currencies'];
}) {
  const [typed, setTyped] = useState({ price: values.price, currency: values.currency });
  const isLive = useIsLive();
  const format = useFormat();
  // A browser could write the sum in another way than the server.
  const sum = isLive ? sumOf(typed, format) : undefined;
  return (
    <>
      <Field {...price}>
        {(control) => (
          <input
            {...control}
            className="form-control"
            defaultValue={values.price}
            required
            inputMode="decimal"
            autoComplete="off"
            onInput={({ currentTarget: { value } }) => {
              setTyped((before) => ({ ...before, price: value }));
            }}
          />
        )}
      </Field>
      <Field {...currency} className="field-half">
        {(control) => (
          <CurrencySelect
            {...control}
            value={values.currency}
            currencies={currencies}
            onChoice={(chosen) => {
              setTyped((before) => ({ ...before, currency: chosen }));
            }}
          />
        )}
      </Field>
      <p className="field payout" aria-live="polite">
        {sum === undefined
          ? 'There are no fees. The buyer pays your price, and nothing is deducted: you get all of it.'
          : `There are no fees. The buyer pays ${sum}. Nothing is deducted: you get ${sum}.`}
      </p>
    </>
  );
}

function sumOf({ price, currency }: { price: string; currency: string }, format: Format): string | undefined {
  const amount = parsePrice(price, currency);
  return amount === undefined || amount === 0 ? undefined : formatMoney({ amount, currency }, format);
}

function CurrencySelect({
  value,
  currencies,
  onChoice,
  ...control
}: ControlProps & {
  value: string;
  currencies: TicketFormChoices['currencies'];
  onChoice: (code: string) => void;
}) {
  const isListed = currencies.some(([code]) => code === value);
  return (
    <select
      {...control}
      className="form-select"
      defaultValue={value}
      onChange={({ currentTarget }) => {
        onChoice(currentTarget.value);
      }}
    >
      {isListed ? null : <option value={value}>{value.toUpperCase()}</option>}
      {currencies.map(([code, name]) => (
        <option key={code} value={code}>
          {`${code.toUpperCase()} · ${name}`}
        </option>
      ))}
    </select>
  );
}
