import type { OrderInput } from '@/api/types.ts';

/** What a visitor wanted to hold before signing in: the ticket, and the price that its page showed. */
export type HoldIntent = Required<OrderInput>;

/** The intent as it goes through the sign-in page. */
export const packHold = ({ ticketId, expectedPrice: { amount, currency } }: HoldIntent): string =>
  `${ticketId}.${amount}.${currency}`;

/** Decodes the result of `packHold`; undefined if it is none. */
export function unpackHold(value: unknown): HoldIntent | undefined {
  const match = typeof value === 'string' ? /^([0-9a-f]{24})\.(\d{1,15})\.([a-z]{3})$/.exec(value) : null;
  if (match === null) return undefined;
  const [, ticketId = '', amount, currency = ''] = match;
  return { ticketId, expectedPrice: { amount: Number(amount), currency } };
}
