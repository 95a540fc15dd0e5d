import type { OrderInput } from '@/api/types.ts';

/** What a visitor wanted to hold before signing in: the ticket, and the price and the offer that its page showed. */
export type HoldIntent = OrderInput & Required<Pick<OrderInput, 'expectedPrice'>>;

/** The intent as it goes through the sign-in page. */
export const packHold = ({ ticketId, expectedPrice: { amount, currency }, expectedOffer }: HoldIntent): string =>
  [ticketId, amount, currency, ...(expectedOffer === undefined ? [] : [expectedOffer])].join('.');

/** Decodes the result of `packHold`; undefined if it is none. */
export function unpackHold(value: unknown): HoldIntent | undefined {
  const match =
    typeof value === 'string' ? /^([0-9a-f]{24})\.(\d{1,15})\.([a-z]{3})(?:\.([\w-]{22}))?$/.exec(value) : null;
  if (match === null) return undefined;
  const [, ticketId = '', amount, currency = '', expectedOffer] = match;
  const expectedPrice = { amount: Number(amount), currency };
  return { ticketId, expectedPrice, ...(expectedOffer !== undefined && { expectedOffer }) };
}
