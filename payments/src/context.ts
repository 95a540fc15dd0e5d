import type { Aggregate, EndedSessions, Logger, Sweeps } from '@ticketing/common';
import type { Payment } from './payment.ts';
import type { PaymentProvider } from './provider/provider.ts';

/** What the use cases work with. */
export interface PaymentsContext {
  payments: Aggregate<Payment>;
  provider: PaymentProvider;
  sweeps: Sweeps;
  endedSessions: EndedSessions;
  now: () => Date;
  log: Logger;
}
