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

/** What the page shows: the order's status, and that a payment which is under way is not to be made again. */
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

/** Looks again by itself where no script does. */
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
      This page looks again by itself every few seconds. <a href={`/orders/${order.id}`}>Look now</a>
    </p>
  </noscript>
);

function Cancel({ order, label }: { order: Order; label: string }) {
  return (
    <ActionForm
      action={cancelOrder}
      hidden={{ orderId: order.id }}
      label={label}
      busyLabel="Letting it go…"
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
        <StageHeading>Setting the ticket aside for you</StageHeading>
      </div>
      <p>
        {waited > 10_000
          ? 'This takes longer than usual. Your place is kept: nobody who came after you can be faster. You can wait here, come back later from “My orders”, or let it go.'
          : 'This takes a moment. Nobody who came after you can be faster.'}
      </p>
      <LookAgain seconds={2} />
      <LookNow order={order} />
      {waited > 10_000 ? <Cancel order={order} label="Let it go" /> : null}
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
          to pay. It is held for you until <LocalTime instant={order.expiresAt} timeOnly />.
          <noscript>
            {' '}
            Without scripts this clock stands still: <a href={`/orders/${order.id}`}>look again</a>.
          </noscript>
        </p>
      </div>
      <LookAgain seconds={secondsLeft + 4} />
      <div className="panel">
        <StageHeading>Pay, and it is yours</StageHeading>
        {down ? (
          <ServiceDown title="Payments are not answering right now." retry={`/orders/${order.id}`}>
            Your hold goes on. No money was taken.
          </ServiceDown>
        ) : publishableKey === undefined ? (
          <>
            <Notice tone="note" title="This is a sandbox">
              <p>No real money moves. Pick a card to see how a payment goes, or fails.</p>
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
        <p className="muted">Letting it go costs nothing, and somebody else can have it.</p>
        <Cancel order={order} label="Let the ticket go" />
      </div>
    </section>
  );
}

function Paying({ order }: { order: Order }) {
  return (
    <section className="panel stack">
      <div className="busy">
        <Dots />
        <StageHeading>Your payment is on its way</StageHeading>
      </div>
      <p>
        This takes a moment. Please don’t pay again: {formatMoney(order.ticket.price)} is taken once, and only if the
        ticket is yours. You can leave this page; “My orders” knows how it ended.
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
      <Notice tone="good" title="It is yours. Enjoy it!" />
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
                <th scope="row">Date</th>
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
              <th scope="row">Bought at</th>
              <td>{SITE_NAME}</td>
            </tr>
            {paidAt === undefined ? null : (
              <tr>
                <th scope="row">Paid on</th>
                <td>
                  <LocalTime instant={paidAt} />
                </td>
              </tr>
            )}
            <tr>
              <th scope="row">Paid</th>
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
        {setAside
          ? ' Your bank had set the amount aside; that is given back, and may take your bank a few days to show.'
          : ''}
      </p>
      <Again order={order} ticket={ticket} />
    </section>
  );
}

/** Whether the ticket of an order that ended can be had again. */
function Again({ order, ticket }: { order: Order; ticket: Answer<Ticket> | undefined }) {
  const see = (label: string, look: string) => (
    <Link href={`/tickets/${order.ticketId}`} className={`btn ${look}`} prefetch={false}>
      {label}
    </Link>
  );
  const others = (look: string) => (
    <Link href="/" className={`btn ${look}`} prefetch={false}>
      See other tickets
    </Link>
  );
  if (ticket?.ok && ticket.data.status === 'listed')
    return (
      <>
        <p>It is listed again: if you are quick, you can still have it.</p>
        <div className="row-actions">
          {see('See the ticket', 'btn-primary')}
          {others('btn-quiet')}
        </div>
      </>
    );
  if (ticket?.ok && ticket.data.status === 'held')
    return (
      <>
        <p>Somebody else is holding it now. If they don’t pay in time it is listed again.</p>
        <div className="row-actions">
          {see('See how it goes', 'btn-quiet')}
          {others('btn-primary')}
        </div>
      </>
    );
  const gone =
    ticket?.ok && ticket.data.status === 'sold'
      ? 'Somebody else has bought it meanwhile.'
      : ticket?.ok === false && ticket.status === 410
        ? 'Its seller has withdrawn it, so it can’t be had any more.'
        : 'Whether it can be had again can’t be told right now.';
  return (
    <>
      <p>{gone}</p>
      <div className="row-actions">{others('btn-primary')}</div>
    </>
  );
}
