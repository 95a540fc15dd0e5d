import type { Answer } from '@/api/http.ts';
import type { Order, Payment } from '@/api/types.ts';

export type Stage = 'reserving' | 'pay' | 'paying' | 'bought' | 'ended';

/**
 * What the page shows: the order's status, except that nobody is asked to pay again unless there is no payment yet, or the last card
 * was declined. The payment is read after the order, so it may be ahead: captured for an order that was read as awaiting payment.
 */
export function stageOf({ status }: Pick<Order, 'status'>, payment: Answer<Payment> | undefined): Stage {
  switch (status) {
    case 'created':
      return 'reserving';
    case 'awaiting:payment':
      return payment?.ok && payment.data.status !== 'declined' ? 'paying' : 'pay';
    case 'capturing':
      return 'paying';
    case 'complete':
      return 'bought';
    case 'cancelled':
      return 'ended';
  }
}
