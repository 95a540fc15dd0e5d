import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { purchase, startSandbox, stripeAt, stripeErrorOf, until } from './harness.ts';

const HOUR_MS = 3600 * 1000;

describe('an idempotency key', () => {
  it('replays the first answer and executes once', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = purchase({ payment_method: 'pm_card_visa', confirm: true });
    const first = await stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    await stripe.paymentIntents.capture(first.id);
    const again = await stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    expect(again).toEqual(first);
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(again.lastResponse).toMatchObject({
      idempotencyKey: 'a',
      headers: { 'idempotent-replayed': 'true', 'original-request': first.lastResponse.requestId },
    });
    expect(await http.order(orderId)).toMatchObject({ authorized: { count: 1 }, captured: { count: 1 } });
  });

  it('replays a decline', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = purchase();
    const { id } = await stripe.paymentIntents.create(params);
    const decline = () =>
      stripeErrorOf(
        stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: 'd' }),
      );
    const first = await decline();
    const again = await decline();
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect([again.code, again.statusCode, again.charge]).toEqual([first.code, 402, first.charge]);
    expect(await http.order(orderId)).toMatchObject({ declined: { count: 1 } });
  });

  it('is refused for other parameters or another path', async () => {
    const { stripe } = await startSandbox();
    const { params } = purchase({ payment_method: 'pm_card_visa', confirm: true });
    const { id } = await stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    const more = await stripeErrorOf(stripe.paymentIntents.create({ ...params, amount: 1 }, { idempotencyKey: 'a' }));
    expect(more).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(more).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
    const other = await stripeErrorOf(stripe.paymentIntents.capture(id, undefined, { idempotencyKey: 'a' }));
    expect(other).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_capture');
  });

  it('matches parameters in any order', async () => {
    const { http } = await startSandbox();
    const headers = { 'idempotency-key': 'a' };
    await http.form('/v1/payment_intents', 'amount=100&currency=usd&metadata[a]=1&metadata[b]=2', headers);
    const again = await http.form(
      '/v1/payment_intents',
      'metadata[b]=2&metadata[a]=1&currency=usd&amount=100',
      headers,
    );
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('in flight answers 409, and the first answer afterwards', async () => {
    const { stripe, http, stopping } = await startSandbox();
    const { params } = purchase();
    await http.fault({ operation: 'create', fault: 'slow', delayMs: 60_000 });
    const first = stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    await until(async () => (await http.faultHits())[0] === 1);
    const error = await stripeErrorOf(stripe.paymentIntents.create(params, { idempotencyKey: 'a' }));
    expect(error).toMatchObject({
      type: 'StripeAPIError',
      rawType: 'idempotency_error',
      statusCode: 409,
      code: 'idempotency_key_in_use',
    });
    // Ends the wait of the first.
    stopping.abort();
    const { id } = await first;
    expect((await stripe.paymentIntents.create(params, { idempotencyKey: 'a' })).id).toBe(id);
  });

  it('in flight is retried by the SDK until it is answered, when retries are on', async () => {
    const { stripe, http, port } = await startSandbox();
    const { params } = purchase();
    await http.fault({ operation: 'create', fault: 'slow', delayMs: 300 });
    const first = stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    await until(async () => (await http.faultHits())[0] === 1);
    const retrying = stripeAt(port, { maxNetworkRetries: 3 });
    const second = await retrying.paymentIntents.create(params, { idempotencyKey: 'a' });
    expect(second.id).toBe((await first).id);
  });

  it('is not used up by a request that was refused unexecuted', async () => {
    const { stripe } = await startSandbox();
    const { params } = purchase();
    const bad = { ...params, amount: 0 };
    expect(await stripeErrorOf(stripe.paymentIntents.create(bad, { idempotencyKey: 'a' }))).toMatchObject({
      param: 'amount',
    });
    const intent = await stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    expect(intent.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('replays a refusal for the wrong state, which was executed', async () => {
    const { stripe } = await startSandbox();
    const { id } = await stripe.paymentIntents.create(purchase().params);
    const capture = () => stripeErrorOf(stripe.paymentIntents.capture(id, undefined, { idempotencyKey: 'c' }));
    await capture();
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(await capture()).toMatchObject({
      code: 'payment_intent_unexpected_state',
      headers: { 'idempotent-replayed': 'true' },
    });
  });

  it('expires after 24 hours', async () => {
    const { stripe, clock } = await startSandbox();
    const { params } = purchase();
    const first = await stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    clock.now += 24 * HOUR_MS - 1;
    expect((await stripe.paymentIntents.create(params, { idempotencyKey: 'a' })).id).toBe(first.id);
    clock.now += 1;
    expect((await stripe.paymentIntents.create(params, { idempotencyKey: 'a' })).id).not.toBe(first.id);
  });

  it('of more than 255 characters is refused', async () => {
    const { stripe } = await startSandbox();
    const long = stripe.paymentIntents.create(purchase().params, { idempotencyKey: 'x'.repeat(256) });
    expect(await stripeErrorOf(long)).toMatchObject({ statusCode: 400 });
  });
});
