import type { Form } from './form.ts';

/** The `error` object of Stripe's answers, as the SDK reads it. */
export type StripeError = {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: unknown;
  payment_method?: unknown;
};

/** A refusal in Stripe's shape. `withIntent` includes the intent's current state in the error. */
export type Failure = { status: number; error: StripeError; withIntent?: boolean; headers?: Record<string, string> };

/** Carries a failure through `throw`; the app's error handler responds with it. */
export class StripeFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.error.message);
    this.name = 'StripeFailure';
    this.failure = failure;
  }
}

/** A 400 (or another 4xx) about the request itself; nothing was executed, so no idempotency key stores it. */
export const invalidRequest = (message: string, details: { code?: string; param?: string; status?: number } = {}) => {
  const { status = 400, ...rest } = details;
  return new StripeFailure({ status, error: { type: 'invalid_request_error', message, ...rest } });
};

/** The 404 for an unknown intent. */
export const noSuchIntent = (id: string) =>
  invalidRequest(`No such payment_intent: '${id}'`, { status: 404, code: 'resource_missing', param: 'intent' });

/** Throws a StripeFailure that names the first parameter that is not in `known`, if there is one. */
export function refuseUnknown(params: Form, known: readonly string[]): void {
  const unknown = Object.keys(params).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalidRequest(`Received unknown parameter: ${unknown}`, { code: 'parameter_unknown', param: unknown });
}
