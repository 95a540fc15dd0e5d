import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { httpAt, purchase, startSandbox, stripeAt, stripeErrorOf } from './harness.ts';

const authorised = async (stripe: Stripe, paymentMethod = 'pm_card_visa') => {
  const { orderId, params } = purchase({ payment_method: paymentMethod, confirm: true });
  return { orderId, intent: await stripe.paymentIntents.create(params) };
};

describe('create', () => {
  it('returns an intent that waits for a payment method', async () => {
    const { stripe } = await startSandbox();
    const { orderId, params } = purchase({ description: 'Row 3, seat 14' });
    const intent = await stripe.paymentIntents.create(params);
    expect(intent).toMatchObject({
      object: 'payment_intent',
      amount: 4200,
      amount_capturable: 0,
      amount_received: 0,
      canceled_at: null,
      cancellation_reason: null,
      capture_method: 'manual',
      confirmation_method: 'automatic',
      currency: 'usd',
      description: 'Row 3, seat 14',
      last_payment_error: null,
      latest_charge: null,
      livemode: false,
      metadata: { orderId },
      next_action: null,
      payment_method: null,
      payment_method_types: ['card'],
      status: 'requires_payment_method',
    });
    expect(intent.id).toMatch(/^pi_\w{24}$/);
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_\\w+$`));
    expect(intent.lastResponse.requestId).toMatch(/^req_\w+$/);
    expect(intent.lastResponse.apiVersion).toBe(Stripe.API_VERSION);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toEqual(intent);
  });

  it('shows the payment method in full where it is asked for, and refuses to expand anything else', async () => {
    const { stripe } = await startSandbox();
    const { intent } = await authorised(stripe, 'pm_card_mastercard');
    expect(intent.payment_method).toBe('pm_card_mastercard');
    const full = { payment_method: { id: 'pm_card_mastercard', card: { brand: 'mastercard', last4: '4444' } } };
    const expand = ['payment_method'];
    expect(await stripe.paymentIntents.retrieve(intent.id, { expand })).toMatchObject(full);
    expect(await stripe.paymentIntents.capture(intent.id, { expand })).toMatchObject(full);
    const other = stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(await stripeErrorOf(other)).toMatchObject({ param: 'expand' });
  });

  it('waits for confirmation when a payment method is given', async () => {
    const { stripe } = await startSandbox();
    const intent = await stripe.paymentIntents.create(purchase({ payment_method: 'pm_card_visa' }).params);
    expect(intent).toMatchObject({ status: 'requires_confirmation', payment_method: 'pm_card_visa' });
  });

  it('authorises at once when asked to confirm', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, intent } = await authorised(stripe);
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 4200, amount_received: 0 });
    expect(intent.latest_charge).toMatch(/^ch_\w{24}$/);
    expect(await http.order(orderId)).toMatchObject({ authorized: { count: 1, amount: 4200 }, captured: { count: 0 } });
  });

  it.each(['kwd', 'bhd', 'omr', 'jod', 'tnd'])(
    'authorises an amount in %s whose third decimal is 0',
    async (currency) => {
      const { stripe } = await startSandbox();
      const { params } = purchase({ payment_method: 'pm_card_visa', confirm: true, amount: 12_500, currency });
      expect(await stripe.paymentIntents.create(params)).toMatchObject({ amount_capturable: 12_500, currency });
    },
  );

  it('captures at once without manual capture', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = purchase({
      payment_method: 'pm_card_visa',
      confirm: true,
      capture_method: 'automatic',
    });
    expect(await stripe.paymentIntents.create(params)).toMatchObject({ status: 'succeeded', amount_received: 4200 });
    expect(await http.order(orderId)).toMatchObject({ authorized: { count: 1 }, captured: { count: 1, amount: 4200 } });
  });

  it('leaves an intent behind when the card is declined', async () => {
    const { stripe } = await startSandbox();
    const { params } = purchase({ payment_method: 'pm_card_chargeDeclined', confirm: true });
    const error = await stripeErrorOf(stripe.paymentIntents.create(params));
    const left = await stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '');
    expect(left).toMatchObject({ status: 'requires_payment_method', metadata: params.metadata });
  });

  it('requires a return_url for methods that redirect, which an intent accepts by default', async () => {
    const { stripe } = await startSandbox();
    const any = { amount: 100, currency: 'usd', payment_method: 'pm_card_visa', confirm: true };
    const error = await stripeErrorOf(stripe.paymentIntents.create(any));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 });
    expect(error.message).toContain('return_url');
    const returned = await stripe.paymentIntents.create({ ...any, return_url: 'https://example.com/' });
    const never = { enabled: true, allow_redirects: 'never' as const };
    const direct = await stripe.paymentIntents.create({ ...any, automatic_payment_methods: never });
    expect([returned.status, direct.status]).toEqual(['succeeded', 'succeeded']);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(2);
  });

  it.each([
    ['amount missing', 'currency=usd', 'parameter_missing', 'amount'],
    ['currency missing', 'amount=1', 'parameter_missing', 'currency'],
    ['amount of nothing', 'amount=&currency=usd', 'parameter_invalid_empty', 'amount'],
    ['amount zero', 'amount=0&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount negative', 'amount=-5&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount fractional', 'amount=1.5&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount 1e308', 'amount=1e308&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount nested', 'amount[a]=1&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount too large', 'amount=100000000&currency=usd', 'amount_too_large', 'amount'],
    ['amount of 13 digits', 'amount=1000000000000&currency=idr', 'amount_too_large', 'amount'],
    ['amount too small', 'amount=49&currency=usd', 'amount_too_small', 'amount'],
    ['yen too few', 'amount=49&currency=jpy', 'amount_too_small', 'amount'],
    ['a fraction of a króna', 'amount=150050&currency=isk', 'parameter_invalid_integer', 'amount'],
    ['a fraction of a Ugandan shilling', 'amount=150050&currency=ugx', 'parameter_invalid_integer', 'amount'],
    ['a third decimal that is not 0', 'amount=5125&currency=kwd', 'parameter_invalid_integer', 'amount'],
    ['currency unknown', 'amount=100&currency=xyz', undefined, 'currency'],
    ['currency upper case', 'amount=100&currency=USD', undefined, 'currency'],
    ['currency nested', 'amount=100&currency[]=usd', undefined, 'currency'],
    ['unknown parameter', 'amount=100&currency=usd&colour=red', 'parameter_unknown', 'colour'],
    ['__proto__ as a parameter', 'amount=100&currency=usd&__proto__[a]=b', undefined, undefined],
    ['__proto__ as a metadata key', 'amount=100&currency=usd&metadata[__proto__]=a', undefined, undefined],
    ['confirm not boolean', 'amount=100&currency=usd&confirm=yes', undefined, 'confirm'],
    ['capture_method unknown', 'amount=100&currency=usd&capture_method=later', undefined, 'capture_method'],
    ['metadata not nested', 'amount=100&currency=usd&metadata=a', undefined, 'metadata'],
    ['metadata too deep', 'amount=100&currency=usd&metadata[a][b]=c', undefined, 'metadata[a]'],
    ['metadata value too long', `amount=100&currency=usd&metadata[a]=${'x'.repeat(501)}`, undefined, 'metadata[a]'],
    ['payment method unknown', 'amount=100&currency=usd&payment_method=pm_x', 'resource_missing', 'payment_method'],
    ['type unknown', 'amount=100&currency=usd&payment_method_types[0]=ideal', undefined, 'payment_method_types'],
    [
      'both ways to name types',
      'amount=100&currency=usd&payment_method_types[]=card&automatic_payment_methods[enabled]=true',
      'parameters_exclusive',
      'payment_method_types',
    ],
    ['bad escape', 'amount=%E0%A4%A&currency=usd', undefined, undefined],
    ['unbalanced brackets', 'amount[=1&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['text and nested', 'amount=100&amount[a]=1&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['nested 10,000 deep', `a${'[a]'.repeat(10_000)}=1`, undefined, undefined],
    ['too many parameters', 'a=1&'.repeat(1001), undefined, undefined],
  ])('answers 400 for %s', async (_, form, code, param) => {
    const { http } = await startSandbox();
    const { status, body } = await http.form('/v1/payment_intents', form);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) });
    expect([body.error.code, body.error.param]).toEqual([code, param]);
  });

  it('keeps the names of built-in properties and numbers as metadata keys', async () => {
    const { http, stripe } = await startSandbox();
    const form = 'amount=100&currency=usd&metadata[constructor]=a&metadata[toString]=b';
    expect((await http.form('/v1/payment_intents', form)).status).toBe(200);
    expect((await http.form('/v1/payment_intents', 'amount=100&currency=usd&metadata[5]=c')).status).toBe(200);
    const [numbered, named] = (await stripe.paymentIntents.list()).data;
    expect(Object.entries(named?.metadata ?? {})).toEqual([
      ['constructor', 'a'],
      ['toString', 'b'],
    ]);
    expect(numbered?.metadata).toEqual({ 5: 'c' });
  });
});

describe('confirm', () => {
  it.each(['pm_card_visa', 'pm_card_mastercard', 'pm_card_amex', 'pm_sandbox_captureFails'])(
    'authorises %s',
    async (card) => {
      const { stripe } = await startSandbox();
      const { id } = await stripe.paymentIntents.create(purchase().params);
      const intent = await stripe.paymentIntents.confirm(id, { payment_method: card });
      expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 4200, payment_method: card });
    },
  );

  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', ''],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', ''],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', ''],
  ])('is declined with 402 for %s, and another card may follow', async (card, code, declineCode) => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = purchase();
    const { id } = await stripe.paymentIntents.create(params);
    const error = await stripeErrorOf(stripe.paymentIntents.confirm(id, { payment_method: card }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, rawType: 'card_error', code, decline_code: declineCode });
    expect(error.charge).toMatch(/^ch_/);
    expect(error.payment_intent).toMatchObject({
      id,
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code, message: error.message, payment_method: { id: card } },
    });
    const intent = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(intent).toMatchObject({ status: 'requires_capture', last_payment_error: null });
    expect(await http.order(orderId)).toMatchObject({ declined: { count: 1, amount: 4200 }, authorized: { count: 1 } });
  });

  it('is refused without a payment method', async () => {
    const { stripe } = await startSandbox();
    const { id } = await stripe.paymentIntents.create(purchase().params);
    const error = await stripeErrorOf(stripe.paymentIntents.confirm(id));
    expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state', payment_intent: { id } });
  });

  it('is refused once authorised, captured or canceled', async () => {
    const { stripe } = await startSandbox();
    const { intent } = await authorised(stripe);
    const again = () => stripeErrorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }));
    const unexpected = { statusCode: 400, type: 'StripeInvalidRequestError', code: 'payment_intent_unexpected_state' };
    expect(await again()).toMatchObject({ ...unexpected, payment_intent: { status: 'requires_capture' } });
    await stripe.paymentIntents.capture(intent.id);
    expect(await again()).toMatchObject({ ...unexpected, payment_intent: { status: 'succeeded' } });
    const other = await stripe.paymentIntents.create(purchase({ payment_method: 'pm_card_visa' }).params);
    await stripe.paymentIntents.cancel(other.id);
    const error = await stripeErrorOf(stripe.paymentIntents.confirm(other.id));
    expect(error).toMatchObject({ ...unexpected, payment_intent: { status: 'canceled' } });
  });

  it('asks for authentication, which then authorises or fails', async () => {
    const { stripe, http } = await startSandbox();
    const challenge = async () => {
      const { orderId, params } = purchase({ payment_method: 'pm_card_authenticationRequired', confirm: true });
      return { orderId, intent: await stripe.paymentIntents.create(params) };
    };
    const good = await challenge();
    expect(good.intent).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
    const path = `/sandbox/payment_intents/${good.intent.id}/authenticate`;
    expect((await http.json('POST', path, { outcome: 'maybe' })).status).toBe(400);
    expect((await http.json('POST', path)).status).toBe(400);
    const done = await http.json('POST', path, { outcome: 'succeeded' });
    expect(done).toMatchObject({ status: 200, body: { status: 'requires_capture', next_action: null } });
    expect((await http.json('POST', path, { outcome: 'succeeded' })).status).toBe(400);
    expect(await http.order(good.orderId)).toMatchObject({ authorized: { count: 1 } });

    const bad = await challenge();
    await http.json('POST', `/sandbox/payment_intents/${bad.intent.id}/authenticate`, { outcome: 'failed' });
    expect(await stripe.paymentIntents.retrieve(bad.intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
    expect(await http.order(bad.orderId)).toMatchObject({ authorized: { count: 0 }, declined: { count: 1 } });
    expect((await http.json('POST', '/sandbox/payment_intents/pi_x/authenticate', { outcome: 'failed' })).status).toBe(
      404,
    );
  });

  it('authorises only at the second confirmation when confirmation is manual', async () => {
    const { stripe, http } = await startSandbox();
    const { params } = purchase({
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      confirmation_method: 'manual',
    });
    const { id } = await stripe.paymentIntents.create(params);
    await http.json('POST', `/sandbox/payment_intents/${id}/authenticate`, { outcome: 'succeeded' });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_confirmation' });
    expect(await stripe.paymentIntents.confirm(id)).toMatchObject({ status: 'requires_capture' });
  });
});

describe('capture', () => {
  it('takes the money once', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, intent } = await authorised(stripe);
    const captured = await stripe.paymentIntents.capture(intent.id);
    expect(captured).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 4200 });
    const error = await stripeErrorOf(stripe.paymentIntents.capture(intent.id));
    expect(error).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id: intent.id },
    });
    expect(await http.order(orderId)).toMatchObject({ captured: { count: 1, amount: 4200 } });
  });

  it('is refused for an intent that is not authorised', async () => {
    const { stripe } = await startSandbox();
    const { id } = await stripe.paymentIntents.create(purchase().params);
    expect(await stripeErrorOf(stripe.paymentIntents.capture(id))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id, status: 'requires_payment_method' },
    });
  });

  it('accepts whole amounts only', async () => {
    const { stripe } = await startSandbox();
    const { intent } = await authorised(stripe);
    const part = await stripeErrorOf(stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1 }));
    expect(part).toMatchObject({ statusCode: 400, param: 'amount_to_capture' });
    const whole = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4200 });
    expect(whole.status).toBe('succeeded');
  });

  it('fails for good when the bank drops the authorisation', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, intent } = await authorised(stripe, 'pm_sandbox_captureFails');
    expect(await stripeErrorOf(stripe.paymentIntents.capture(intent.id))).toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      code: 'charge_expired_for_capture',
      payment_intent: { status: 'canceled', cancellation_reason: 'automatic', amount_capturable: 0 },
    });
    expect(await stripeErrorOf(stripe.paymentIntents.capture(intent.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(await http.order(orderId)).toMatchObject({ dropped: { count: 1, amount: 4200 }, captured: { count: 0 } });
  });
});

describe('cancel', () => {
  it('voids an authorisation', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, intent } = await authorised(stripe);
    const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', amount_capturable: 0, cancellation_reason: 'abandoned' });
    expect(canceled.canceled_at).toEqual(expect.any(Number));
    expect(await http.order(orderId)).toMatchObject({ voided: { count: 1, amount: 4200 }, captured: { count: 0 } });
  });

  it('moves no money when nothing is authorised', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = purchase();
    const { id } = await stripe.paymentIntents.create(params);
    expect(await stripe.paymentIntents.cancel(id)).toMatchObject({ status: 'canceled', cancellation_reason: null });
    expect((await http.order(orderId)).entries).toEqual([]);
  });

  it('is refused once captured or canceled', async () => {
    const { stripe } = await startSandbox();
    const captured = await authorised(stripe);
    await stripe.paymentIntents.capture(captured.intent.id);
    const canceled = await authorised(stripe);
    await stripe.paymentIntents.cancel(canceled.intent.id);
    for (const [{ intent }, status] of [[captured, 'succeeded'] as const, [canceled, 'canceled'] as const]) {
      expect(await stripeErrorOf(stripe.paymentIntents.cancel(intent.id))).toMatchObject({
        statusCode: 400,
        code: 'payment_intent_unexpected_state',
        payment_intent: { id: intent.id, status },
      });
    }
    expect(await stripeErrorOf(stripe.paymentIntents.capture(canceled.intent.id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });
});

describe('requests', () => {
  it('answer 404 for an unknown intent', async () => {
    const { stripe } = await startSandbox();
    for (const call of ['retrieve', 'confirm', 'capture', 'cancel'] as const) {
      const error = await stripeErrorOf(stripe.paymentIntents[call]('pi_nothing'));
      expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'intent' });
    }
  });

  it('answer 401 without a test key', async () => {
    const { port, http } = await startSandbox();
    const live = new Stripe('sk_live_1', { host: '127.0.0.1', port, protocol: 'http' });
    const error = await stripeErrorOf(live.paymentIntents.list());
    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    const { status } = await http.json('GET', '/v1/payment_intents');
    expect(status).toBe(401);
  });

  it('get errors in the same shape for unknown URLs and malformed bodies', async () => {
    const { http } = await startSandbox();
    const big = `amount=100&currency=usd&description=${'x'.repeat(110_000)}`;
    expect((await http.form('/v1/payment_intents', big)).status).toBe(413);
    const json = { 'content-type': 'application/json' };
    expect((await http.form('/v1/payment_intents', '{"amount":1}', json)).status).toBe(415);
    expect((await http.form('/v1/refunds', '')).status).toBe(404);
    expect((await http.form('/v1/payment_intents', '', { 'stripe-version': 'yesterday' })).status).toBe(400);
    expect((await http.form('/v1/payment_intents/%ff/capture', '')).status).toBe(400);
    const broken = await http.form('/sandbox/faults', '{"operation":', json);
    expect(broken).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
    expect((await http.form('/sandbox/faults', `"${'x'.repeat(110_000)}"`, json)).status).toBe(413);
  });
});

describe('search and list', () => {
  it('finds intents by order and by status, newest first', async () => {
    const { stripe } = await startSandbox();
    const { orderId, params } = purchase({ payment_method: 'pm_card_visa' });
    const first = await stripe.paymentIntents.create(params);
    const second = await stripe.paymentIntents.create({ ...params, confirm: true });
    await stripe.paymentIntents.create(purchase().params);
    const ids = async (query: string) => (await stripe.paymentIntents.search({ query })).data.map(({ id }) => id);
    expect(await ids(`metadata['orderId']:'${orderId}'`)).toEqual([second.id, first.id]);
    expect(await ids(`metadata["orderId"]:"${orderId}" AND status:"requires_capture"`)).toEqual([second.id]);
    expect(await ids(`-status:'requires_capture' AND metadata['orderId']:'${orderId}'`)).toEqual([first.id]);
    expect(await ids(String.raw`metadata['orderId']:'it\'s'`)).toEqual([]);
    expect(await ids(`metadata['toString']:'x'`)).toEqual([]);
  });

  it.each([
    "orderId:'1'",
    "metadata['orderId']:'1' OR status:'canceled'",
    "status:'canceled",
    "status:'canceled' AND ",
  ])('answers 400 to the query %s', async (query) => {
    const { stripe } = await startSandbox();
    expect(await stripeErrorOf(stripe.paymentIntents.search({ query }))).toMatchObject({
      statusCode: 400,
      param: 'query',
    });
  });

  it('comes in pages', async () => {
    const { stripe, port } = await startSandbox();
    const { orderId, params } = purchase();
    const created: string[] = [];
    for (let n = 0; n < 5; n++) created.unshift((await stripe.paymentIntents.create(params)).id);
    const page = await stripe.paymentIntents.list({ limit: 2 });
    expect(page).toMatchObject({ object: 'list', has_more: true, url: '/v1/payment_intents' });
    const rest = await stripe.paymentIntents.list({ limit: 3, starting_after: page.data[1]?.id ?? '' });
    expect(rest.has_more).toBe(false);
    expect([...page.data, ...rest.data].map(({ id }) => id)).toEqual(created);

    const listed = await stripeAt(port).paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 10 });
    expect(listed.map(({ id }) => id)).toEqual(created);
    const query = `metadata['orderId']:'${orderId}'`;
    const found = await stripe.paymentIntents.search({ query, limit: 2 }).autoPagingToArray({ limit: 10 });
    expect(found.map(({ id }) => id)).toEqual(created);
  });

  it('lists only what was created since a time', async () => {
    const { stripe } = await startSandbox();
    const { created } = await stripe.paymentIntents.create(purchase().params);
    expect((await stripe.paymentIntents.list({ created: { gte: created } })).data).toHaveLength(1);
    expect((await stripe.paymentIntents.list({ created: { gte: created + 1 } })).data).toEqual([]);
    for (const filter of [{ lt: created }, created, { gte: 'yesterday' as never }])
      expect(await stripeErrorOf(stripe.paymentIntents.list({ created: filter }))).toMatchObject({ statusCode: 400 });
  });

  it('answers 400 to bad pages', async () => {
    const { stripe } = await startSandbox();
    expect(await stripeErrorOf(stripe.paymentIntents.list({ limit: 101 }))).toMatchObject({
      statusCode: 400,
      param: 'limit',
    });
    expect(await stripeErrorOf(stripe.paymentIntents.list({ starting_after: 'pi_x' }))).toMatchObject({
      statusCode: 404,
    });
    expect(await stripeErrorOf(stripe.paymentIntents.list({ customer: 'c' }))).toMatchObject({
      code: 'parameter_unknown',
    });
  });
});

describe('ledger', () => {
  it('lists every movement with its order and key, and adds them up', async () => {
    const { stripe, http, port } = await startSandbox();
    const { orderId, params } = purchase({ payment_method: 'pm_card_visa', confirm: true });
    const { id } = await stripe.paymentIntents.create(params, { idempotencyKey: 'authorize:1' });
    await stripe.paymentIntents.capture(id, undefined, { idempotencyKey: 'capture:1' });
    const other = await stripe.paymentIntents.create(
      purchase({ payment_method: 'pm_card_visa', confirm: true }).params,
    );
    await stripe.paymentIntents.cancel(other.id);
    const { body } = await http.json('GET', '/ledger');
    expect(body).toMatchObject({
      entries: [
        {
          type: 'authorized',
          paymentIntent: id,
          orderId,
          amount: 4200,
          currency: 'usd',
          idempotencyKey: 'authorize:1',
        },
        { type: 'captured', paymentIntent: id, orderId, idempotencyKey: 'capture:1' },
        { type: 'authorized', paymentIntent: other.id },
        { type: 'voided', paymentIntent: other.id },
      ],
      totals: {
        authorized: { count: 2, amounts: { usd: 8400 } },
        captured: { count: 1, amounts: { usd: 4200 } },
        voided: { count: 1, amounts: { usd: 4200 } },
        declined: { count: 0, amounts: {} },
      },
    });
    const filtered = await httpAt(port).json('GET', `/ledger?orderId=${orderId}`);
    expect(filtered.body['entries']).toHaveLength(2);
    expect((await http.json('GET', '/ledger?colour=red')).status).toBe(400);
    expect(await http.order(orderId)).toMatchObject({
      currencies: ['usd'],
      authorized: { count: 1, amount: 4200 },
      captured: { count: 1, amount: 4200 },
      voided: { count: 0, amount: 0 },
      paymentIntents: [{ id, status: 'succeeded' }],
    });
    expect(await http.order('unknown')).toMatchObject({ captured: { count: 0, amount: 0 }, entries: [] });
  });
});
