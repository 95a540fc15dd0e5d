import type { Order } from '@/api/types.ts';
import { Panel } from '@/ui/panel.tsx';
import { BusyHeading, CancelForm, NoScriptPolling } from './stage-parts.tsx';

const USUAL_WAIT_MS = 10_000;

/** The order is placed; the hold on its ticket is not confirmed yet. */
export function Reserving({ order }: { order: Order }) {
  const waited = Date.parse(order.serverNow) - Date.parse(order.history?.[0]?.at ?? order.serverNow);
  const isSlow = waited > USUAL_WAIT_MS;
  return (
    <Panel as="section" className="stack">
      <BusyHeading>Reserving your ticket</BusyHeading>
      <p>
        {isSlow
          ? 'This is taking longer than usual. You’re still first in line. You can wait here, come back later from My orders, or cancel.'
          : 'This takes a moment. You’re first in line.'}
      </p>
      <NoScriptPolling order={order} />
      {isSlow ? <CancelForm order={order} label="Cancel order" /> : null}
    </Panel>
  );
}
