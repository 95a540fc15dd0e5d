import { Counter } from 'prom-client';

/** Mails by kind and outcome: `sent`, `dropped` (there is nobody to send it to any more), `failed` (tried again later), `dead` (given up). */
export const mails = new Counter({
  name: 'mails_total',
  help: 'Mails that were sent, dropped, failed and are tried again, or were given up.',
  labelNames: ['kind', 'outcome'],
});
