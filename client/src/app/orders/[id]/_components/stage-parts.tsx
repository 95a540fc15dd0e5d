import type { ReactNode } from 'react';
import type { Order } from '@/api/types.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { NoScriptReload } from '@/components/no-script-reload.tsx';
import { Question } from '@/components/question.tsx';
import { ReloadLink } from '@/ui/link.tsx';
import { cancelOrderAction } from '../../actions.ts';

/** The heading of a stage; OrderPoller moves the focus to it. */
export function StageHeading({ children }: { children: ReactNode }) {
  return (
    <h2 id="stage" tabIndex={-1}>
      {children}
    </h2>
  );
}

/** The heading of a stage that ends by itself. */
export function BusyHeading({ children }: { children: ReactNode }) {
  return (
    <div className="busy">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <StageHeading>{children}</StageHeading>
    </div>
  );
}

/** The same every few seconds, and a sentence about it. */
export function NoScriptPolling({ order }: { order: Order }) {
  return (
    <>
      <NoScriptReload seconds={2} />
      <noscript>
        <p>
          This page refreshes automatically every few seconds.{' '}
          <ReloadLink href={`/orders/${order.id}`}>Refresh now</ReloadLink>
        </p>
      </noscript>
    </>
  );
}

/** Cancels the order after a question: another buyer may be quicker than one who has pressed it by mistake. */
export function CancelForm({ order, label }: { order: Order; label: string }) {
  return (
    <Question label={label}>
      <p>Cancel it? You can’t undo this, and someone else may hold the ticket at once.</p>
      <ActionForm
        action={cancelOrderAction}
        hidden={{ orderId: order.id }}
        label="Yes, cancel it"
        pendingLabel="Cancelling…"
        variant="danger"
      />
    </Question>
  );
}
