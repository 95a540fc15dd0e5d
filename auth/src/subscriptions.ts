import type { Handlers } from '@ticketing/core';
import type { AuthContext } from './context.ts';
import { mailSale } from './use-cases/mail-sale.ts';

/** The events that auth consumes, each with its effect. */
export const subscriptions = (context: AuthContext): Handlers => ({
  'order:completed': (order) => mailSale(context, order),
});
