import type { Order, Ticket } from '@/api/types.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { LocalTime } from '@/components/local-time.tsx';
import { RemindMe } from '@/components/remind-me.tsx';
import { TimeToPay, WhileInTime } from '@/components/time-left.tsx';
import { holdSeconds } from '@/lib/config.ts';
import { newKey } from '@/lib/idempotency-key.ts';
import { formatMoney } from '@/lib/money.ts';
import { signInPath } from '@/lib/next-path.ts';
import { seenOffer } from '@/lib/seen-offer.ts';
import { shortNumber } from '@/lib/short-number.ts';
import { duration } from '@/lib/time.ts';
import { type Viewer, visitorFormat } from '@/lib/visitor.ts';
import { Icon, type IconName } from '@/ui/icon.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { holdTicketAction } from '../../actions.ts';
import { TicketWatch } from './ticket-watch.tsx';

type State = 'on-sale' | 'on-hold' | 'own-hold' | 'bought' | 'sold' | 'ended';

const TITLES: Record<State, { icon?: IconName; title: string }> = {
  'on-sale': { title: 'Buy this ticket' },
  'on-hold': { icon: 'clock', title: 'On hold' },
  'own-hold': { icon: 'clock', title: 'You’re holding this ticket' },
  bought: { icon: 'good', title: 'You bought this ticket' },
  sold: { icon: 'good', title: 'Sold' },
  ended: { icon: 'gone', title: 'Sales have ended' },
};

function stateOf(ticket: Ticket, order: Order | undefined): State {
  // The order may be ahead of its ticket.
  if (order?.status === 'complete') return 'bought';
  if (ticket.status === 'held') return order === undefined || order.status === 'cancelled' ? 'on-hold' : 'own-hold';
  if (ticket.status === 'sold') return 'sold';
  return ticket.isClosed ? 'ended' : 'on-sale';
}

/** What a buyer can do with the ticket; `order` is the visitor's latest order of it. */
export function BuyerPanel({ ticket, viewer, order }: { ticket: Ticket; viewer: Viewer; order: Order | undefined }) {
  const state = stateOf(ticket, order);
  const { icon, title } = TITLES[state];
  const { id, price } = ticket;
  return (
    <Panel as="section" labelledBy="buy" className="columns-action">
      <h2 id="buy">
        {icon === undefined ? null : <Icon name={icon} size={20} />} <span>{title}</span>
      </h2>
      {/* It stays when the ticket goes, to tell a buyer who came second why. */}
      <ActionForm
        action={holdTicketAction}
        hidden={{ ticketId: id, amount: String(price.amount), currency: price.currency, ...seenOffer(ticket) }}
        // Guests share this page, and have to sign in before anything is held.
        idempotencyKey={viewer.kind === 'guest' ? undefined : newKey()}
        label={`Hold for ${duration(holdSeconds())}`}
        pendingLabel="Holding…"
        isClosed={state !== 'on-sale'}
        wide
      />
      <Details state={state} ticket={ticket} viewer={viewer} order={order} />
      <TicketWatch
        ticketId={id}
        status={ticket.status}
        version={ticket.version}
        isClosed={ticket.isClosed === true}
        isOwn={state === 'own-hold' || state === 'bought'}
      />
      {viewer.kind === 'unknown' ? (
        <p className="muted small mt-hint">
          We can’t check whether you’re signed in right now. Is this your listing?{' '}
          <Link href={`/tickets/${id}/edit`}>Edit it</Link>
        </p>
      ) : null}
    </Panel>
  );
}

function Details({
  state,
  ticket,
  viewer,
  order,
}: {
  state: State;
  ticket: Ticket;
  viewer: Viewer;
  order: Order | undefined;
}) {
  switch (state) {
    case 'on-sale':
      return <OnSale ticket={ticket} isGuest={viewer.kind === 'guest'} />;
    case 'on-hold':
      return <OnHold ticket={ticket} isUnknown={viewer.kind === 'unknown'} />;
    case 'own-hold':
      return order === undefined ? null : <OwnHold order={order} />;
    case 'bought':
      return order === undefined ? null : (
        <>
          <p>It’s yours.</p>
          <ButtonLink href={`/orders/${order.id}`}>Go to your order</ButtonLink>
        </>
      );
    case 'sold':
      return <Closed text="This ticket has been sold." />;
    case 'ended':
      return <Closed text="The event has started." />;
  }
}

async function OnSale({ ticket: { id, price, hasDelivery, sellerId }, isGuest }: { ticket: Ticket; isGuest: boolean }) {
  return (
    <>
      <p className="muted small mt-hint">
        We hold it for you at <span>{formatMoney(price, await visitorFormat())}</span>. You don’t pay until you confirm.
      </p>
      <p className="small mt-hint">
        {hasDelivery
          ? 'You get the ticket here, the moment you’ve paid.'
          : 'The seller hasn’t added the ticket itself yet. If you buy it, they are asked to.'}
      </p>
      <p className="muted small">Sold by seller {shortNumber(sellerId)}.</p>
      {isGuest ? (
        <p className="muted small">
          You’ll need to <Link href={signInPath(`/tickets/${id}`)}>sign in</Link> or create an account.
        </p>
      ) : null}
    </>
  );
}

async function OwnHold({ order }: { order: Order }) {
  const isPaying = order.status === 'capturing';
  const hold = { expiresAt: order.expiresAt, serverNow: order.serverNow };
  return (
    <>
      <p>{isPaying ? 'Your payment is being processed.' : <TimeToPay {...hold} />}</p>
      <ButtonLink href={`/orders/${order.id}`}>
        {isPaying ? (
          'Go to your order'
        ) : (
          <WhileInTime {...hold} late="Go to your order">
            {`Pay ${formatMoney(order.ticket.price, await visitorFormat())}`}
          </WhileInTime>
        )}
      </ButtonLink>
    </>
  );
}

function OnHold({ ticket: { id, title, reservedUntil, isClosed }, isUnknown }: { ticket: Ticket; isUnknown: boolean }) {
  return (
    <>
      {isClosed === true ? (
        <p>Someone is buying this ticket right now. The event has started, so it won’t come back on sale.</p>
      ) : reservedUntil === undefined ? (
        <p>Payment in progress.</p>
      ) : (
        <p>
          Someone is buying this ticket right now. It may come back: they have it on hold until{' '}
          <LocalTime instant={reservedUntil} timeOnly />.
        </p>
      )}
      {isClosed === true ? null : <RemindMe id={id} title={title} />}
      {isUnknown ? (
        <p>
          <Link href="/orders">Is this your hold? Go to My orders</Link>
        </p>
      ) : null}
    </>
  );
}

function Closed({ text }: { text: string }) {
  return (
    <>
      <p>{text}</p>
      <ButtonLink href="/" variant="quiet">
        Browse tickets
      </ButtonLink>
    </>
  );
}
