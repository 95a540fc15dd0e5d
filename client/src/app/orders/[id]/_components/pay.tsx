import type { Order } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { stripePublishableKey } from '@/lib/config.ts';
import { newKey } from '@/lib/idempotency-key.ts';
import { formatMoney } from '@/lib/money.ts';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';
import { Panel } from '@/ui/panel.tsx';
import { payOrderAction } from '../../actions.ts';
import { CardForm } from './card-form.tsx';
import { Countdown } from './countdown.tsx';
import { msLeft } from './stage.ts';
import { CancelForm, NoScriptReload, StageHeading } from './stage-parts.tsx';
import { StripeFormLazy } from './stripe-form-lazy.tsx';

/** The ticket is held and waits to be paid. */
export function Pay({ order, isDown }: { order: Order; isDown: boolean }) {
  return (
    <section className="stack">
      <div className="countdown">
        <Countdown msLeft={msLeft(order)} />
        <p>
          left to pay. On hold for you until <LocalTime instant={order.expiresAt} timeOnly />.
          <noscript>
            {' '}
            JavaScript is off, so this timer doesn’t move. <ReloadLink href={`/orders/${order.id}`}>Refresh</ReloadLink>
          </noscript>
        </p>
      </div>
      <NoScriptReload seconds={msLeft(order) / 1000 + 4} />
      <Panel>
        <StageHeading>Payment</StageHeading>
        <PaymentForm order={order} isDown={isDown} />
      </Panel>
      <Panel>
        <h2>Changed your mind?</h2>
        <p className="muted">Cancelling is free; the ticket goes back on sale.</p>
        <CancelForm order={order} label="Cancel hold" />
      </Panel>
    </section>
  );
}

function PaymentForm({ order, isDown }: { order: Order; isDown: boolean }) {
  const publishableKey = stripePublishableKey();
  const { price } = order.ticket;
  const form = { action: payOrderAction, orderId: order.id, label: `Pay ${formatMoney(price)}` };
  const idempotencyKey = newKey();
  if (isDown)
    return (
      <ServiceDown title="We can’t take payments right now." retry={`/orders/${order.id}`}>
        Your ticket is still on hold, and no money was taken.
      </ServiceDown>
    );
  if (publishableKey !== undefined) return <StripeFormLazy {...form} publishableKey={publishableKey} price={price} />;
  return (
    <>
      <Notice tone="note" title="Test mode">
        <p>No real money is charged. Pick a card to see a payment succeed or fail.</p>
      </Notice>
      <CardForm {...form} idempotencyKey={idempotencyKey} />
    </>
  );
}
