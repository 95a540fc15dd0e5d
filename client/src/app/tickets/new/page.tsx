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
        It is on the list as soon as you send this. You can change or withdraw it until somebody holds it.
      </p>
      {who.kind === 'unknown' ? (
        <Notice tone="warn" title="Signing in is not answering right now; listing may still work." />
      ) : null}
      <div className="beside">
        <div className="panel">
          <TicketForm
            action={createTicket}
            initial={{ title: '', price: '', currency: 'usd', venue: '', startsAt: '', timeZone: 'UTC', notes: '' }}
            {...ticketFormChoices()}
            label="List this ticket"
            busyLabel="Listing…"
            guessZone
          />
        </div>
        <aside className="panel" aria-labelledby="how">
          <h2 id="how">How it goes</h2>
          <ol className="steps">
            <li>Your ticket is on the list at once, at your price.</li>
            <li>
              A buyer holds it for {duration(holdSeconds())} while they pay. If they don’t, it is listed again by
              itself.
            </li>
            <li>Paid is sold: you find it, and what you earned, under “Sell”.</li>
          </ol>
        </aside>
      </div>
    </>
  );
}
