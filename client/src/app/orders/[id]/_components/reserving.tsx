import type { Order } from '@/api/types.ts';
import { Panel } from '@/ui/panel.tsx';
import { isSlow } from './stage.ts';
import { BusyHeading, CancelForm, NoScriptPolling } from './stage-parts.tsx';

/** The order is placed; the hold on its ticket is not confirmed yet. */
export function Reserving({ order }: { order: Order }) {
  return (
    <Panel as="section" className="stack">
      <BusyHeading>Reserving your ticket</BusyHeading>
      <p>
        {isSlow(order)
          ? 'This is taking longer than usual. You’re still first in line. You can wait here, come back later from My orders, or cancel.'
          : 'This takes a moment. You’re first in line.'}
      </p>
      <NoScriptPolling order={order} />
      {isSlow(order) ? <CancelForm order={order} label="Cancel order" /> : null}
    </Panel>
  );
}
