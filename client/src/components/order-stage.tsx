import Link from 'next/link';
import type { ReactNode } from 'react';
import { cancelOrder, payOrder } from '../app/actions.ts';
import type { Answer } from '../lib/api.ts';
import { stripePublishableKey } from '../lib/config.ts';
import { formatMoney } from '../lib/money.ts';
import { SITE_NAME } from '../lib/site.ts';
import type { Order, Payment, Ticket } from '../lib/types.ts';
import { reasonText } from '../lib/words.ts';
import { ActionForm } from './action-form.tsx';
import { CardForm } from './card-form.tsx';
import { Countdown } from './countdown.tsx';
import { LocalTime } from './local-time.tsx';
import { Notice } from './notice.tsx';
import { PrintButton } from './print-button.tsx';
import { ServiceDown } from './service-down.tsx';
import { StripeFormLazy } from './stripe-form-lazy.tsx';
import { EventWhen } from './ticket-card.tsx';

export type Stage = 'reserving' | 'pay' | 'paying' | 'yours' | 'ended';

type PaymentAnswer = Answer<Payment> | undefined;

/** What the page shows: the order's status, except that nobody is asked to pay again while a payment is in progress. */
export function stageOf(order: Order, payment: PaymentAnswer): Stage {
  switch (order.status) {
    case 'created':
      return 'reserving';
    case 'awaiting:payment':
      return payment?.ok && (payment.data.status === 'requested' || payment.data.status === 'authorized')
        ? 'paying'
        : 'pay';
    case 'capturing':
      return 'paying';
    case 'complete':
      return 'yours';
    case 'cancelled':
      return 'ended';
  }
}

export function OrderStage({
  order,
  stage,
  payment,
  ticket,
}: {
  order: Order;
  stage: Stage;
  payment: PaymentAnswer;
  ticket: Answer<Ticket> | undefined;
}) {
  switch (stage) {
    case 'reserving':
      return <Reserving order={order} />;
    case 'pay':
      return <Pay order={order} down={payment !== undefined && !payment.ok && payment.status >= 500} />;
    case 'paying':
      return <Paying order={order} />;
    case 'yours':
      return <Yours order={order} />;
    case 'ended':
      return <Ended order={order} payment={payment} ticket={ticket} />;
  }
}

/** Reloads the page where JavaScript is off. */
function LookAgain({ seconds }: { seconds: number }) {
  return (
    <noscript>
      <meta httpEquiv="refresh" content={String(Math.max(1, Math.ceil(seconds)))} />
    </noscript>
  );
}

function StageHeading({ children }: { children: ReactNode }) {
  return (
    <h2 id="stage" tabIndex={-1}>
      {children}
    </h2>
  );
}

const Dots = () => (
  <span className="dots" aria-hidden="true">
    <i />
    <i />
    <i />
  </span>
);

const LookNow = ({ order }: { order: Order }) => (
  <noscript>
    <p>
      This page refreshes automatically every few seconds. <a href={`/orders/${order.id}`}>Refresh now</a>
    </p>
  </noscript>
);

function Cancel({ order, label }: { order: Order; label: string }) {
  return (
    <ActionForm
      action={cancelOrder}
      hidden={{ orderId: order.id }}
      label={label}
      busyLabel="Cancelling…"
      look="btn-danger-quiet"
    />
  );
}

function Reserving({ order }: { order: Order }) {
  const waited = Date.parse(order.serverNow) - Date.parse(order.history?.[0]?.at ?? order.serverNow);
  return (
    <section className="panel stack">
      <div className="busy">
        <Dots />
        <StageHeading>Reserving your ticket</StageHeading>
      </div>
      <p>
        {waited > 10_000
          ? 'This is taking longer than usual. You’re still first in line. You can wait here, come back later from My orders, or cancel.'
          : 'This takes a moment. You’re first in line.'}
      </p>
      <LookAgain seconds={2} />
      <LookNow order={order} />
      {waited > 10_000 ? <Cancel order={order} label="Cancel order" /> : null}
    </section>
  );
}

function Pay({ order, down }: { order: Order; down: boolean }) {
  const { price } = order.ticket;
  const publishableKey = stripePublishableKey();
  const secondsLeft = (Date.parse(order.expiresAt) - Date.parse(order.serverNow)) / 1000;
  const label = `Pay ${formatMoney(price)}`;
  return (
    <section className="stack">
      <div className="countdown">
        <Countdown expiresAt={order.expiresAt} serverNow={order.serverNow} />
        <p>
          left to pay. On hold for you until <LocalTime instant={order.expiresAt} timeOnly />.
          <noscript>
            {' '}
            JavaScript is off, so this timer doesn’t move. <a href={`/orders/${order.id}`}>Refresh</a>
          </noscript>
        </p>
      </div>
      <LookAgain seconds={secondsLeft + 4} />
      <div className="panel">
        <StageHeading>Payment</StageHeading>
        {down ? (
          <ServiceDown title="We can’t take payments right now." retry={`/orders/${order.id}`}>
            Your ticket is still on hold, and no money was taken.
          </ServiceDown>
        ) : publishableKey === undefined ? (
          <>
            <Notice tone="note" title="Test mode">
              <p>No real money is charged. Pick a card to see a payment succeed or fail.</p>
            </Notice>
            <CardForm action={payOrder} orderId={order.id} label={label} />
          </>
        ) : (
          <StripeFormLazy
            action={payOrder}
            orderId={order.id}
            label={label}
            publishableKey={publishableKey}
            amount={price.amount}
            currency={price.currency}
          />
        )}
      </div>
      <div className="panel">
        <h2>Changed your mind?</h2>
        <p className="muted">Cancelling is free; the ticket goes back on sale.</p>
        <Cancel order={order} label="Cancel hold" />
      </div>
    </section>
  );
}

function Paying({ order }: { order: Order }) {
  return (
    <section className="panel stack">
      <div className="busy">
        <Dots />
        <StageHeading>Processing your payment</StageHeading>
      </div>
      <p>
        This takes a moment. Please don’t pay again: you’re charged {formatMoney(order.ticket.price)} once, and only if
        the ticket is yours. You can leave this page; you’ll find the result under My orders.
      </p>
      <LookAgain seconds={2} />
      <LookNow order={order} />
    </section>
  );
}

function Yours({ order }: { order: Order }) {
  const { ticket } = order;
  const paidAt = order.history?.findLast(({ status }) => status === 'complete')?.at;
  return (
    <section className="stack">
      <Notice tone="good" title="Payment complete. The ticket is yours." />
      <div className="panel">
        <StageHeading>Receipt</StageHeading>
        <table className="receipt">
          <tbody>
            <tr>
              <th scope="row">Ticket</th>
              <td>{ticket.title}</td>
            </tr>
            {ticket.venue === undefined ? null : (
              <tr>
                <th scope="row">Venue</th>
                <td>{ticket.venue}</td>
              </tr>
            )}
            {ticket.startsAt === undefined ? null : (
              <tr>
                <th scope="row">Event date</th>
                <td>
                  <EventWhen startsAt={ticket.startsAt} timeZone={ticket.timeZone} />
                </td>
              </tr>
            )}
            <tr>
              <th scope="row">Order</th>
              <td className="figures">{order.id}</td>
            </tr>
            <tr>
              <th scope="row">Bought on</th>
              <td>{SITE_NAME}</td>
            </tr>
            {paidAt === undefined ? null : (
              <tr>
                <th scope="row">Payment date</th>
                <td>
                  <LocalTime instant={paidAt} />
                </td>
              </tr>
            )}
            <tr>
              <th scope="row">Total paid</th>
              <td>{formatMoney(ticket.price)}</td>
            </tr>
          </tbody>
        </table>
        <div className="row-actions no-print">
          <PrintButton />
          <Link href="/orders" prefetch={false}>
            My orders
          </Link>
        </div>
      </div>
    </section>
  );
}

function Ended({
  order,
  payment,
  ticket,
}: {
  order: Order;
  payment: PaymentAnswer;
  ticket: Answer<Ticket> | undefined;
}) {
  const setAside = payment?.ok && ['requested', 'authorized', 'voided'].includes(payment.data.status);
  return (
    <section className="panel stack">
      <StageHeading>{reasonText(order.reason)}</StageHeading>
      <p>
        <strong>No money was taken.</strong>
        {setAside ? ' Your bank may show the amount as pending for a few days; it will be released.' : ''}
      </p>
      <Again order={order} ticket={ticket} />
    </section>
  );
}

/** Whether the ticket of an order that ended is available again. */
function Again({ order, ticket }: { order: Order; ticket: Answer<Ticket> | undefined }) {
  const see = (label: string, look: string) => (
    <Link href={`/tickets/${order.ticketId}`} className={`btn ${look}`} prefetch={false}>
      {label}
    </Link>
  );
  const others = (look: string) => (
    <Link href="/" className={`btn ${look}`} prefetch={false}>
      Browse tickets
    </Link>
  );
  if (ticket?.ok && ticket.data.status === 'listed')
    return (
      <>
        <p>It’s back on sale, and you can still get it if you’re quick.</p>
        <div className="row-actions">
          {see('View ticket', 'btn-primary')}
          {others('btn-quiet')}
        </div>
      </>
    );
  if (ticket?.ok && ticket.data.status === 'held')
    return (
      <>
        <p>It’s on hold at the moment. If it isn’t paid for in time, it goes back on sale.</p>
        <div className="row-actions">
          {see('View ticket', 'btn-quiet')}
          {others('btn-primary')}
        </div>
      </>
    );
  const gone =
    ticket?.ok && ticket.data.status === 'sold'
      ? 'It has been sold.'
      : ticket?.ok === false && ticket.status === 410
        ? 'The seller removed it, so it’s no longer available.'
        : 'We can’t tell right now whether it’s available.';
  return (
    <>
      <p>{gone}</p>
      <div className="row-actions">{others('btn-primary')}</div>
    </>
  );
}
