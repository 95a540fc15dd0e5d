import type { Card } from '@/api/types.ts';

const BRANDS = new Map([
  ['visa', 'Visa'],
  ['mastercard', 'Mastercard'],
  ['amex', 'American Express'],
  ['diners', 'Diners Club'],
  ['discover', 'Discover'],
  ['jcb', 'JCB'],
  ['unionpay', 'UnionPay'],
  ['cartes_bancaires', 'Cartes Bancaires'],
]);

/** A card as its owner knows it. */
export const cardName = ({ brand, last4 }: Card): string => `${BRANDS.get(brand) ?? 'Card'} ending in ${last4}`;
