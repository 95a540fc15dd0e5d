export const SITE_NAME = 'Foyer';

/** One of the six colours of paper, always the same for the same ticket. */
export function stockOf(id: string): string {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return `stock-${sum % 6}`;
}
