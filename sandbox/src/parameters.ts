import { currencyOf } from '@ticketing/common/currencies';
import type { Currency } from '@ticketing/common/currencies';
import { invalidRequest, refuseUnknown } from './failure.ts';
import type { Form } from './form.ts';
import type { Command, NewIntent } from './payment-intents.ts';
import { TEST_CARDS } from './test-cards.ts';

/** Twelve digits; most currencies have a lower limit. */
const MAX_AMOUNT = 999_999_999_999;

/** The currencies Stripe charges in. */
const CURRENCIES = [
  ...'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw'.split(
    ' ',
  ),
];

const CREATE = [
  ...[
    'amount',
    'automatic_payment_methods',
    'capture_method',
    'confirm',
    'confirmation_method',
    'currency',
    'description',
  ],
  ...['metadata', 'payment_method', 'payment_method_types', 'return_url'],
];

/** Takes `expand` off the parameters: whether the payment method is to be shown in full. Throws a StripeFailure for any other field. */
export function expansionOf({ expand, ...params }: Form): { params: Form; withMethod: boolean } {
  if (expand === undefined) return { params, withMethod: false };
  if (typeof expand === 'string') throw invalid('Invalid array', 'expand');
  const unknown = Object.values(expand).find((field) => field !== 'payment_method');
  if (unknown !== undefined) throw invalid('The sandbox expands one field: payment_method.', 'expand');
  return { params, withMethod: true };
}

/** Parses the parameters of a create. Throws a StripeFailure that names the first bad one. */
export function createCommand(params: Form): Command {
  refuseUnknown(params, CREATE);
  const amount = integer(params, 'amount', MAX_AMOUNT);
  if (amount === undefined) throw missing('amount');
  const currency = text(params, 'currency');
  if (currency === undefined) throw missing('currency');
  if (!CURRENCIES.includes(currency))
    throw invalidRequest(
      `Invalid currency: ${currency.slice(0, 40)}. Stripe currently supports these currencies: ${CURRENCIES.join(', ')}`,
      {
        param: 'currency',
      },
    );
  const confirm = boolean(params, 'confirm', 'confirm') ?? false;
  const returnUrl = text(params, 'return_url');
  if (returnUrl !== undefined && !confirm)
    throw invalidRequest(
      'The parameter `return_url` cannot be passed when creating a PaymentIntent unless `confirm` is set to true.',
      {
        param: 'return_url',
      },
    );
  const intent: NewIntent = {
    amount,
    currency,
    capture_method: choice(params, 'capture_method', ['automatic', 'automatic_async', 'manual']) ?? 'automatic_async',
    confirmation_method: choice(params, 'confirmation_method', ['automatic', 'manual']) ?? 'automatic',
    description: text(params, 'description') ?? null,
    metadata: metadata(params),
    payment_method: paymentMethod(params) ?? null,
    ...acceptedMethods(params),
  };
  refuseAmount(amount, currency);
  return { do: 'create', confirm, ...(returnUrl === undefined ? {} : { returnUrl }), intent };
}

/** The limits of an amount. Those of a currency that the marketplace does not trade in are the general ones, without a minimum. */
function limitsOf(currency: string): Pick<Currency, 'minimum' | 'maximum' | 'step'> {
  // A currency without fractions that is still counted in hundredths.
  return currencyOf(currency) ?? { minimum: 1, maximum: 99_999_999, step: currency === 'ugx' ? 100 : 1 };
}

/** Throws a StripeFailure for an amount that Stripe does not charge in this currency. */
function refuseAmount(amount: number, currency: string): void {
  const { minimum, maximum, step } = limitsOf(currency);
  const wrong = (message: string, code: string) => invalidRequest(message, { code, param: 'amount' });
  if (amount < minimum)
    throw wrong(`Amount must be at least ${minimum} ${currency}, in the smallest unit.`, 'amount_too_small');
  if (amount > maximum)
    throw wrong(`Amount must be no more than ${maximum} ${currency}, in the smallest unit.`, 'amount_too_large');
  if (amount % step !== 0)
    throw wrong(`Invalid integer: amounts in ${currency} must be a multiple of ${step}.`, 'parameter_invalid_integer');
}

/** Parses the parameters of a confirm. Throws a StripeFailure that names the first bad one. */
export function confirmCommand(params: Form): Command {
  refuseUnknown(params, ['payment_method', 'return_url']);
  const method = paymentMethod(params);
  const returnUrl = text(params, 'return_url');
  return {
    do: 'confirm',
    ...(method === undefined ? {} : { paymentMethod: method }),
    ...(returnUrl === undefined ? {} : { returnUrl }),
  };
}

/** Parses the parameters of a capture. Throws a StripeFailure that names the first bad one. */
export function captureCommand(params: Form): Command {
  refuseUnknown(params, ['amount_to_capture']);
  const amountToCapture = integer(params, 'amount_to_capture', MAX_AMOUNT);
  return { do: 'capture', ...(amountToCapture === undefined ? {} : { amountToCapture }) };
}

/** Parses the parameters of a cancel. Throws a StripeFailure that names the first bad one. */
export function cancelCommand(params: Form): Command {
  refuseUnknown(params, ['cancellation_reason']);
  const reasons = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] as const;
  return { do: 'cancel', reason: choice(params, 'cancellation_reason', reasons) ?? null };
}

/** Reads `limit` and the cursor of a list or search, with Stripe's bounds. Throws a StripeFailure for a bad one. */
export function pageOf(
  params: Form,
  cursorName: 'starting_after' | 'page',
): { limit: number; cursor: string | undefined } {
  return { limit: integer(params, 'limit', 100) ?? 10, cursor: text(params, cursorName) };
}

/** Reads `created[gte]` of a list, in Unix seconds; 0 without it. Throws a StripeFailure for a bad one, and for other filters. */
export function createdSince(params: Form): number {
  const { created } = params;
  if (created === undefined) return 0;
  if (typeof created === 'string') throw invalid('The sandbox understands created[gte] only.', 'created');
  refuseUnknown(created, ['gte']);
  return integer(created, 'gte', Number.MAX_SAFE_INTEGER) ?? 0;
}

/** The 400 for a missing parameter. */
export const missing = (param: string) =>
  invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });

const invalid = (message: string, param: string) => invalidRequest(message, { param });

/** A parameter as text; undefined when it is absent. Throws a StripeFailure for an empty one, which Stripe takes as an attempt to unset. */
export function text(params: Form, name: string, shown = name): string | undefined {
  const value = params[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid string: ${JSON.stringify(value).slice(0, 100)}`, shown);
  if (value === '')
    throw invalidRequest(
      `You passed an empty string for '${shown}'. We assume empty values are an attempt to unset a parameter; however '${shown}' cannot be unset. You should remove '${shown}' from your request or supply a non-empty value.`,
      { code: 'parameter_invalid_empty', param: shown },
    );
  if (value.length > 5000) throw invalid(`Invalid string: ${shown} must be at most 5000 characters`, shown);
  return value;
}

function integer(params: Form, name: string, max: number): number | undefined {
  const given =
    params[name] !== undefined && typeof params[name] !== 'string' ? JSON.stringify(params[name]) : text(params, name);
  if (given === undefined) return undefined;
  const wrong = (message: string) => invalidRequest(message, { code: 'parameter_invalid_integer', param: name });
  if (!/^-?\d{1,15}$/.test(given)) throw wrong(`Invalid integer: ${given.slice(0, 100)}`);
  const value = Number(given);
  if (value < 1) throw wrong('This value must be greater than or equal to 1.');
  if (value <= max) return value;
  if (name === 'amount')
    throw invalidRequest(`Amount must be no more than ${max}.`, { code: 'amount_too_large', param: name });
  throw wrong(`This value must be less than or equal to ${max}.`);
}

function boolean(params: Form, name: string, shown: string): boolean | undefined {
  const value = text(params, name, shown);
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw invalid(`Invalid boolean: ${value.slice(0, 100)}`, shown);
  return value === 'true';
}

function choice<const Choice extends string>(
  params: Form,
  name: string,
  choices: readonly Choice[],
  shown = name,
): Choice | undefined {
  const value = text(params, name, shown);
  if (value === undefined) return undefined;
  const chosen = choices.find((one) => one === value);
  if (chosen === undefined) throw invalid(`Invalid ${shown}: must be one of ${choices.join(', ')}`, shown);
  return chosen;
}

function paymentMethod(params: Form): string | undefined {
  const id = text(params, 'payment_method');
  if (id !== undefined && !TEST_CARDS.has(id))
    throw invalidRequest(`No such PaymentMethod: '${id.slice(0, 100)}'`, {
      code: 'resource_missing',
      param: 'payment_method',
    });
  return id;
}

function metadata(params: Form): Record<string, string> {
  const given = params['metadata'];
  if (given === undefined || given === '') return {};
  if (typeof given === 'string') throw invalid('Invalid hash', 'metadata');
  const entries = Object.entries(given);
  if (entries.length > 50) throw invalid('You can have at most 50 metadata keys.', 'metadata');
  const pairs = entries.map(([key, value]): [string, string] => {
    const shown = `metadata[${key.slice(0, 60)}]`;
    if (typeof value !== 'string') throw invalid('Metadata values must be strings.', shown);
    if (key.length > 40) throw invalid('Metadata keys can be at most 40 characters long.', shown);
    if (value.length > 500) throw invalid('Metadata values can be at most 500 characters long.', shown);
    return [key, value];
  });
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''));
}

/** The payment methods that an intent accepts. With neither parameter Stripe accepts all of the account's, redirects included. */
function acceptedMethods(params: Form) {
  const types = params['payment_method_types'];
  const automatic = params['automatic_payment_methods'];
  if (types !== undefined && automatic !== undefined)
    throw invalidRequest(
      'You may only specify one of these parameters: automatic_payment_methods, payment_method_types.',
      {
        code: 'parameters_exclusive',
        param: 'payment_method_types',
      },
    );
  if (types !== undefined) {
    if (typeof types === 'string') throw invalid('Invalid array', 'payment_method_types');
    const names = Object.values(types);
    if (names.length === 0 || names.some((name) => name !== 'card'))
      throw invalid('The sandbox knows one payment method type: card.', 'payment_method_types');
    return { payment_method_types: ['card'], automatic_payment_methods: null };
  }
  if (typeof automatic === 'string') throw invalid('Invalid object', 'automatic_payment_methods');
  if (automatic !== undefined) refuseUnknown(automatic, ['enabled', 'allow_redirects']);
  const prefix = 'automatic_payment_methods';
  const enabled = automatic === undefined ? true : boolean(automatic, 'enabled', `${prefix}[enabled]`);
  if (enabled === undefined) throw missing(`${prefix}[enabled]`);
  const redirects = choice(automatic ?? {}, 'allow_redirects', ['always', 'never'], `${prefix}[allow_redirects]`);
  const automatic_payment_methods = enabled ? { enabled, allow_redirects: redirects ?? ('always' as const) } : null;
  return { payment_method_types: ['card'], automatic_payment_methods };
}
