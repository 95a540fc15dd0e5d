import { CURRENCIES, currencyName } from './money.ts';
import { zonesByRegion } from './time.ts';

let cached: { currencies: [string, string][]; zones: [string, string[]][] } | undefined;

/** What the selects of the ticket form offer; the same for everyone. */
export function ticketFormChoices() {
  cached ??= {
    currencies: CURRENCIES.map((code) => [code, currencyName(code)]),
    zones: [...zonesByRegion()],
  };
  return cached;
}
