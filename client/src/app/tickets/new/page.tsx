import type { Metadata } from 'next';
import { holdSeconds } from '@/lib/config.ts';
import { newKey } from '@/lib/idempotency-key.ts';
import { initialValues } from '@/lib/ticket-input.ts';
import { duration } from '@/lib/time.ts';
import { getViewer, redirectToSignIn } from '@/lib/visitor.ts';
import { Notice } from '@/ui/notice.tsx';
import { Panel } from '@/ui/panel.tsx';
import { ticketFormChoices } from '../_components/ticket-form-choices.ts';
import { TicketForm } from '../_components/ticket-form.tsx';
import { listTicketAction } from '../actions.ts';

export const metadata: Metadata = { title: 'Sell a ticket' };

export default async function NewTicketPage() {
  const viewer = await getViewer();
  if (viewer.kind === 'guest') redirectToSignIn('/tickets/new');
  return (
    <>
      <h1>Sell a ticket</h1>
      <p className="lead">
        Your ticket goes on sale as soon as you list it. You can edit or remove it until a buyer puts it on hold.
      </p>
      {viewer.kind === 'unknown' ? (
        <Notice tone="warn" title="We can’t check whether you’re signed in right now. Listing may still work." />
      ) : null}
      <div className="columns">
        <Panel>
          <TicketForm
            action={listTicketAction}
            idempotencyKey={newKey()}
            initial={initialValues()}
            choices={ticketFormChoices()}
            label="List ticket"
            pendingLabel="Listing…"
            guessZone
          />
        </Panel>
        <Panel as="aside" labelledBy="how">
          <h2 id="how">How it works</h2>
          <ol className="steps">
            <li>Your ticket goes on sale immediately, at your price.</li>
            <li>
              {`A buyer holds it for ${duration(holdSeconds())} while they pay. If they don’t, it goes back on sale automatically.`}
            </li>
            <li>Once it’s paid, it’s sold. See your sales under “Sell”.</li>
          </ol>
        </Panel>
      </div>
    </>
  );
}
