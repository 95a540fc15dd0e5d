import { CURRENCIES } from '@ticketing/common/currencies';
import { currencyName } from '@/lib/money.ts';
import { zonesByRegion } from '@/lib/time.ts';

/** What the selects of the ticket form offer. */
export interface TicketFormChoices {
  /** Code and name. */
  currencies: [string, string][];
  /** Region and zones. */
  zones: [string, string[]][];
}

let cached: TicketFormChoices | undefined;

/** What the selects of the ticket form offer; the same for everyone. */
export function ticketFormChoices(): TicketFormChoices {
  cached ??= {
    currencies: CURRENCIES.map((code) => [code, currencyName(code)]),
    zones: [...zonesByRegion()],
  };
  return cached;
}
