import { Histogram, traced } from '@ticketing/runtime';
import { CardDeclined, ProviderRefused } from './provider.ts';
import type { PaymentProvider } from './provider.ts';

const duration = new Histogram({
  name: 'provider_request_duration_seconds',
  help: 'Time of a call to the payment provider, by its outcome: ok, declined, refused or failed.',
  labelNames: ['call', 'outcome'],
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** Decorates a provider: the duration and the outcome of each call are metrics, and each call is a span. */
export function measured(provider: PaymentProvider): PaymentProvider {
  async function measure<T>(call: string, run: () => Promise<T>): Promise<T> {
    const end = duration.startTimer({ call });
    try {
      const result = await traced(`provider ${call}`, { kind: 'client' }, run);
      end({ outcome: 'ok' });
      return result;
    } catch (error) {
      end({ outcome: outcomeOf(error) });
      throw error;
    }
  }
  return {
    ...provider,
    authorize: (...args) => measure('authorize', () => provider.authorize(...args)),
    retrieve: (id) => measure('retrieve', () => provider.retrieve(id)),
    find: (...args) => measure('find', () => provider.find(...args)),
    confirm: (...args) => measure('confirm', () => provider.confirm(...args)),
    capture: (...args) => measure('capture', () => provider.capture(...args)),
    cancel: (...args) => measure('cancel', () => provider.cancel(...args)),
  };
}

function outcomeOf(error: unknown): 'declined' | 'refused' | 'failed' {
  if (error instanceof CardDeclined) return 'declined';
  return error instanceof ProviderRefused ? 'refused' : 'failed';
}
