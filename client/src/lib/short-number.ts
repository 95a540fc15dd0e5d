/**
 * The number by which people name a ticket, a seller or an order to each other: the last digits of its id, and for an order also
 * which of its ticket's orders it is. It is short rather than unique for ever; addresses have the whole id.
 */
export function shortNumber(id: string): string {
  const [whole = '', order] = id.split('-');
  const short = whole.slice(-6).toUpperCase();
  return order === undefined ? short : `${short}-${order}`;
}
