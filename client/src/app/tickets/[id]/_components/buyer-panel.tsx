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
import { type BuyerState, buyerState, type OwnOrder } from './buyer-state.ts';
import { TicketWatch } from './ticket-watch.tsx';

const TITLES: Record<BuyerState['name'], { icon?: IconName; title: string }> = {
  'on-sale': { title: 'Buy this ticket' },
  'on-hold': { icon: 'clock', title: 'On hold' },
  'on-hold-unclear': { icon: 'clock', title: 'On hold' },
  'own-hold': { icon: 'clock', title: 'You’re holding this ticket' },
  bought: { icon: 'good', title: 'You bought this ticket' },
  sold: { icon: 'good', title: 'Sold' },
  'sold-unclear': { icon: 'good', title: 'Sold' },
  ended: { icon: 'gone', title: 'Sales have ended' },
};

/** What a buyer can do with the ticket; `order` is the visitor's latest order of it. */
export function BuyerPanel({ ticket, viewer, order }: { ticket: Ticket; viewer: Viewer; order: OwnOrder }) {
  const state = buyerState(ticket, order);
  const { icon, title } = TITLES[state.name];
  const { id, price } = ticket;
  return (
    <Panel as="section" labelledBy="buy" className="columns-action">
      <h2 id="buy">
        {icon === undefined ? null : <Icon name={icon} size={20} />}
        <span>{` ${title}`}</span>
      </h2>
      {/* It stays when the ticket goes, to tell a buyer who came second why. */}
      <ActionForm
        action={holdTicketAction}
        hidden={{ ticketId: id, amount: String(price.amount), currency: price.currency, ...seenOffer(ticket) }}
        // Guests share this page, and have to sign in before anything is held.
        idempotencyKey={viewer.kind === 'guest' ? undefined : newKey()}
        label={`Hold for ${duration(holdSeconds())}`}
        pendingLabel="Holding…"
        isClosed={state.name !== 'on-sale'}
        wide
      />
      {/* Its parts are rendered on the server: without a key React would take those of one state for those of the next. */}
      <Details key={state.name} state={state} ticket={ticket} viewer={viewer} />
      <TicketWatch
        ticketId={id}
        status={ticket.status}
        version={ticket.version}
        isClosed={ticket.isClosed === true}
        startsAt={ticket.startsAt}
        whose={whoseOf(state)}
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

function whoseOf({ name }: BuyerState): 'own' | 'unclear' | undefined {
  if (name === 'own-hold' || name === 'bought') return 'own';
  return name === 'on-hold-unclear' || name === 'sold-unclear' ? 'unclear' : undefined;
}

function Details({ state, ticket, viewer }: { state: BuyerState; ticket: Ticket; viewer: Viewer }) {
  switch (state.name) {
    case 'on-sale':
      return <OnSale ticket={ticket} isGuest={viewer.kind === 'guest'} />;
    case 'on-hold':
      return <OnHold ticket={ticket} />;
    case 'on-hold-unclear':
      return <OnHoldUnclear ticket={ticket} />;
    case 'own-hold':
      return <OwnHold order={state.order} />;
    case 'bought':
      return <Bought order={state.order} />;
    case 'sold':
      return <Closed text="This ticket has been sold." />;
    case 'sold-unclear':
      return <SoldUnclear />;
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
      <p className="muted small">{`Sold by seller ${shortNumber(sellerId)}.`}</p>
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

function Bought({ order }: { order: Order }) {
  return (
    <>
      <p>It’s yours.</p>
      <ButtonLink href={`/orders/${order.id}`}>Go to your order</ButtonLink>
    </>
  );
}

/** Each state has a paragraph of its own, by its key: a browser that translates the page replaces the texts in it. */
function OnHold({ ticket: { id, title, reservedUntil, isClosed } }: { ticket: Ticket }) {
  return (
    <>
      {isClosed === true ? (
        <p key="closed">
          Someone is buying this ticket right now. The event has started, so it won’t come back on sale.
        </p>
      ) : reservedUntil === undefined ? (
        <p key="paying">Payment in progress.</p>
      ) : (
        <p key="until">
          Someone is buying this ticket right now. It may come back: they have it on hold until{' '}
          <LocalTime instant={reservedUntil} timeOnly />.
        </p>
      )}
      {isClosed === true ? null : <RemindMe id={id} title={title} />}
    </>
  );
}

function OnHoldUnclear({ ticket: { reservedUntil } }: { ticket: Ticket }) {
  return (
    <>
      <p>
        We can’t tell right now whether it’s you who holds this ticket. If it is, your hold is safe. This page shows it
        as soon as we know.
      </p>
      {reservedUntil === undefined ? null : (
        <p>
          It’s on hold until <LocalTime instant={reservedUntil} timeOnly />.
        </p>
      )}
      <p>
        <Link href="/orders">Go to My orders</Link>
      </p>
    </>
  );
}

function SoldUnclear() {
  return (
    <>
      <p>
        This ticket has been sold. We can’t tell right now whether it’s you who bought it. This page shows it as soon as
        we know.
      </p>
      <p>
        <Link href="/orders">Go to My orders</Link>
      </p>
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
