import type { EndedSessions } from '@ticketing/common';
import type { Aggregate, Sweeps } from '@ticketing/core';
import type { Logger } from '@ticketing/runtime';
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
  config: PaymentsConfig;
}

export interface PaymentsConfig {
  OUTCOME_WAIT_MS: number;
}
