import type { Order } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { Panel } from '@/ui/panel.tsx';
import { NoScriptPolling, StageHeading } from './stage-parts.tsx';

/** The ticket is held, and whether it is being paid for is not known: nothing to pay with, nothing to cancel with. */
export function Unclear({ order }: { order: Order }) {
  return (
    <Panel as="section" className="stack">
      <StageHeading>We can’t see your payment right now</StageHeading>
      <ServiceDown title="There’s a problem on our side." retry={`/orders/${order.id}`} hasForms>
        If you’ve paid already, your payment goes on; you’re charged once at most, and only if the ticket is yours. The
        ticket is on hold for you until <LocalTime instant={order.expiresAt} timeOnly />. This page shows what happened
        as soon as we know.
      </ServiceDown>
      <NoScriptPolling order={order} />
    </Panel>
  );
}
