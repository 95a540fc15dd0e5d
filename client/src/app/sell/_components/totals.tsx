import type { Ticket, TicketStatus } from '@/api/types.ts';
import { type Format, formatNumber } from '@/lib/formats.ts';
import { formatMoney } from '@/lib/money.ts';
import { visitorFormat } from '@/lib/visitor.ts';

/** What a seller earned, and how many tickets stand where. */
export async function Totals({ tickets, isComplete }: { tickets: Ticket[]; isComplete: boolean }) {
  const format = await visitorFormat();
  const count = (status: TicketStatus) => tickets.filter((ticket) => ticket.status === status).length;
  return (
    <dl className="sums">
      <div>
        <dt>{isComplete ? 'Earned' : `Earned (latest ${formatNumber(tickets.length, format)})`}</dt>
        <dd>{earned(tickets, format)}</dd>
      </div>
      <div>
        <dt>Sold</dt>
        <dd>{count('sold')}</dd>
      </div>
      <div>
        <dt>On hold</dt>
        <dd>{count('held')}</dd>
      </div>
      <div>
        <dt>On sale</dt>
        <dd>{tickets.filter((ticket) => ticket.status === 'listed' && !ticket.isClosed).length}</dd>
      </div>
    </dl>
  );
}

/** The sum of what was sold, in each currency. */
function earned(tickets: Ticket[], format: Format): string {
  const sums = new Map<string, number>();
  for (const { status, price } of tickets)
    if (status === 'sold') sums.set(price.currency, (sums.get(price.currency) ?? 0) + price.amount);
  if (sums.size === 0) return '0';
  return [...sums].map(([currency, amount]) => formatMoney({ amount, currency }, format)).join(' + ');
}
