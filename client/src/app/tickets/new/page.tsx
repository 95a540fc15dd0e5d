import type { Metadata } from 'next';
import { Notice } from '../../../components/notice.tsx';
import { TicketForm } from '../../../components/ticket-form.tsx';
import { holdSeconds } from '../../../lib/config.ts';
import { toSignIn, viewer } from '../../../lib/server.ts';
import { ticketFormChoices } from '../../../lib/ticket-form-choices.ts';
import { duration } from '../../../lib/time.ts';
import { createTicket } from '../../actions.ts';

export const metadata: Metadata = { title: 'Sell a ticket' };

export default async function NewTicketPage() {
  const who = await viewer();
  if (who.kind === 'guest') toSignIn('/tickets/new');
  return (
    <>
      <h1>Sell a ticket</h1>
      <p className="lead">
        Your ticket goes on sale as soon as you list it. You can edit or remove it until a buyer puts it on hold.
      </p>
      {who.kind === 'unknown' ? (
        <Notice tone="warn" title="We can’t check whether you’re signed in right now. Listing may still work." />
      ) : null}
      <div className="beside">
        <div className="panel">
          <TicketForm
            action={createTicket}
            initial={{ title: '', price: '', currency: 'usd', venue: '', startsAt: '', timeZone: 'UTC', notes: '' }}
            {...ticketFormChoices()}
            label="List ticket"
            busyLabel="Listing…"
            guessZone
          />
        </div>
        <aside className="panel" aria-labelledby="how">
          <h2 id="how">How it works</h2>
          <ol className="steps">
            <li>Your ticket goes on sale immediately, at your price.</li>
            <li>
              A buyer holds it for {duration(holdSeconds())} while they pay. If they don’t, it goes back on sale
              automatically.
            </li>
            <li>Once it’s paid, it’s sold. See your sales under “Sell”.</li>
          </ol>
        </aside>
      </div>
    </>
  );
}
