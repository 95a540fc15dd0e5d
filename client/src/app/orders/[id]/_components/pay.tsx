import type { Answer } from '@/api/http.ts';
import type { Order, Payment } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { NoScriptReload } from '@/components/no-script-reload.tsx';
import { stripePublishableKey } from '@/lib/config.ts';
import { newKey } from '@/lib/idempotency-key.ts';
import { declineText } from '@/lib/messages.ts';
import { formatMoney } from '@/lib/money.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';
import { Panel } from '@/ui/panel.tsx';
import { payOrderAction } from '../../actions.ts';
import { CardForm } from './card-form.tsx';
import { Countdown, WhileHeld } from './countdown.tsx';
import { msLeft } from './stage.ts';
import { CancelForm, StageHeading } from './stage-parts.tsx';
import { StripeFormLazy } from './stripe-form-lazy.tsx';

/** The ticket is held and waits to be paid. */
export function Pay({ order, payment }: { order: Order; payment: Answer<Payment> | undefined }) {
  const hold = { expiresAt: order.expiresAt, serverNow: order.serverNow };
  return (
    <section className="stack">
      <Countdown {...hold}>
        <p>
          left to pay. On hold for you until <LocalTime instant={order.expiresAt} timeOnly />.
          <noscript>
            {' '}
            JavaScript is off, so this timer doesn’t move. <ReloadLink href={`/orders/${order.id}`}>Refresh</ReloadLink>
          </noscript>
        </p>
      </Countdown>
      <NoScriptReload seconds={msLeft(order) / 1000 + 4} />
      <WhileHeld {...hold}>
        <Panel>
          <StageHeading>Payment</StageHeading>
          <FailedConfirmation payment={payment} />
          <PaymentForm order={order} />
        </Panel>
        <Panel>
          <h2>Changed your mind?</h2>
          <p className="muted">Cancelling is free; the ticket goes back on sale.</p>
          <CancelForm order={order} label="Cancel hold" />
        </Panel>
      </WhileHeld>
    </section>
  );
}

/** The bank's answer to a payment that waited for it arrives when no form is there to show it. */
function FailedConfirmation({ payment }: { payment: Answer<Payment> | undefined }) {
  const code = payment?.ok ? payment.data.attempts.at(-1)?.declineCode : undefined;
  if (code !== 'authentication_failed') return null;
  return (
    <Notice tone="warn" title="Your bank didn’t confirm the payment">
      <p>{declineText(code)}</p>
    </Notice>
  );
}

async function PaymentForm({ order }: { order: Order }) {
  const publishableKey = stripePublishableKey();
  const { price } = order.ticket;
  const form = { action: payOrderAction, orderId: order.id, label: `Pay ${formatMoney(price, await visitorFormat())}` };
  if (publishableKey !== undefined) return <StripeFormLazy {...form} publishableKey={publishableKey} price={price} />;
  return (
    <>
      <Notice tone="note" title="Test mode">
        <p>No real money is charged. Pick a card to see a payment succeed or fail.</p>
      </Notice>
      <CardForm {...form} idempotencyKey={newKey()} />
    </>
  );
}
