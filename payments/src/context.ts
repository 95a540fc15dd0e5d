import type { Logger } from '@ticketing/common';
import type { PaymentModel } from './models/payment.ts';
import type { PaymentProvider } from './provider/provider.ts';

/** What the use cases work with. */
export interface PaymentsContext {
  payments: PaymentModel;
  provider: PaymentProvider;
  now: () => Date;
  log: Logger;
}
