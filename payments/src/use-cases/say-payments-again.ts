import { sayAgain } from '@ticketing/common/mongo';
import type { PaymentsContext } from '../context.ts';
import { restate } from '../payment.ts';

/** Says again what came of each payment that has changed since then; gives how many were looked at. */
export const sayPaymentsAgain = ({ payments, now }: PaymentsContext, since: Date): Promise<number> =>
  sayAgain(payments, since, restate, now());
