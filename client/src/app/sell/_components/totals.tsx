import type { Ticket, TicketStatus } from '@/api/types.ts';
import { formatMoney } from '@/lib/money.ts';

/** What a seller earned, and how many tickets stand where. */
export function Totals({ tickets, isComplete }: { tickets: Ticket[]; isComplete: boolean }) {
  const count = (status: TicketStatus) => tickets.filter((ticket) => ticket.status === status).length;
  return (
    <dl className="sums">
      <div>
        <dt>Earned{isComplete ? '' : ` (latest ${tickets.length.toLocaleString('en')})`}</dt>
        <dd>{earned(tickets)}</dd>
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
function earned(tickets: Ticket[]): string {
  const sums = new Map<string, number>();
  for (const { status, price } of tickets)
    if (status === 'sold') sums.set(price.currency, (sums.get(price.currency) ?? 0) + price.amount);
  if (sums.size === 0) return '0';
  return [...sums].map(([currency, amount]) => formatMoney({ amount, currency })).join(' + ');
}
