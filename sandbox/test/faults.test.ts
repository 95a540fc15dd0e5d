import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { purchase, startSandbox, stripeAt, stripeErrorOf, until } from './harness.ts';

const confirmed = () => purchase({ payment_method: 'pm_card_visa', confirm: true });

describe('faults', () => {
  it('time out after acting: a retry with the same key gets the answer', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = confirmed();
    await http.fault({ operation: 'create', fault: 'timeout-after-acting' });
    const options = { idempotencyKey: 'a' };
    const error = await stripeErrorOf(stripe.paymentIntents.create(params, { ...options, timeout: 200 }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await until(async () => (await http.order(orderId)).authorized.count === 1);
    const replay = await stripe.paymentIntents.create(params, options);
    expect(replay.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await http.order(orderId)).toMatchObject({ authorized: { count: 1 } });
  });

  it('time out after acting: the SDK retries with the same key by itself', async () => {
    const { http, port } = await startSandbox();
    const { orderId, params } = confirmed();
    await http.fault({ operation: 'create', fault: 'timeout-after-acting' });
    const retrying = stripeAt(port, { maxNetworkRetries: 1, timeout: 3000 });
    const intent = await retrying.paymentIntents.create(params);
    expect(intent.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await http.order(orderId)).toMatchObject({ authorized: { count: 1 } });
  });

  it('time out before acting: nothing happened', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = confirmed();
    await http.fault({ operation: 'create', fault: 'timeout-before-acting' });
    await stripeErrorOf(stripe.paymentIntents.create(params, { idempotencyKey: 'a', timeout: 200 }));
    expect(await http.order(orderId)).toMatchObject({ authorized: { count: 0 }, paymentIntents: [] });
  });

  it('close the connection after their delay', async () => {
    const { stripe, http } = await startSandbox();
    await http.fault({ operation: 'retrieve', fault: 'timeout-before-acting', delayMs: 50, times: 2 });
    const error = await stripeErrorOf(stripe.paymentIntents.retrieve('pi_x'));
    expect(error).toMatchObject({ type: 'StripeConnectionError', detail: { code: 'ECONNRESET' } });
    // The SDK retries a closed connection once, even with retries off.
    expect(await http.faultHits()).toEqual([2]);
  });

  it('answer 500 without acting, which the key replays', async () => {
    const { stripe, http, port } = await startSandbox();
    const { orderId, params } = confirmed();
    await http.fault({ operation: 'create', fault: 'error-500' });
    // By Stripe-Should-Retry the SDK does not repeat what would only be replayed.
    const retrying = stripeAt(port, { maxNetworkRetries: 2 });
    const error = await stripeErrorOf(retrying.paymentIntents.create(params, { idempotencyKey: 'a' }));
    expect(error).toMatchObject({ type: 'StripeAPIError', rawType: 'api_error', statusCode: 500 });
    expect(error.headers).not.toHaveProperty('idempotent-replayed');
    const again = await stripeErrorOf(stripe.paymentIntents.create(params, { idempotencyKey: 'a' }));
    expect(again).toMatchObject({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } });
    expect(await http.order(orderId)).toMatchObject({ paymentIntents: [] });
    expect((await stripe.paymentIntents.create(params, { idempotencyKey: 'b' })).status).toBe('requires_capture');
  });

  it('answer 500 after acting, which the key replays', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = confirmed();
    const { id } = await stripe.paymentIntents.create(params);
    await http.fault({ operation: 'capture', fault: 'error-500-after-acting', orderId });
    const capture = () => stripeErrorOf(stripe.paymentIntents.capture(id, undefined, { idempotencyKey: 'c' }));
    expect((await capture()).statusCode).toBe(500);
    expect((await capture()).statusCode).toBe(500);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
    expect(await http.order(orderId)).toMatchObject({ captured: { count: 1 } });
  });

  it('answer 500 to reads', async () => {
    const { stripe, http } = await startSandbox();
    await http.fault({ operation: 'search', fault: 'error-500' });
    const query = "status:'canceled'";
    expect(await stripeErrorOf(stripe.paymentIntents.search({ query }))).toMatchObject({ statusCode: 500 });
    expect((await stripe.paymentIntents.search({ query })).data).toEqual([]);
  });

  it('delay a request that is executed even when the caller disconnects', async () => {
    const { stripe, http } = await startSandbox();
    const { orderId, params } = confirmed();
    await http.fault({ operation: 'create', fault: 'slow', delayMs: 400 });
    await stripeErrorOf(stripe.paymentIntents.create(params, { timeout: 100 }));
    await until(async () => (await http.order(orderId)).authorized.count === 1);
  });

  it('refuse all connections until cleared', async () => {
    const { stripe, http } = await startSandbox();
    await http.fault({ operation: 'any', fault: 'down', times: 'until-cleared' });
    for (let n = 0; n < 2; n++)
      expect(await stripeErrorOf(stripe.paymentIntents.list())).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect((await http.json('GET', '/health/ready')).status).toBe(200);
    expect((await http.json('DELETE', '/sandbox/faults')).body).toEqual({ faults: [] });
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  it('answer 429, which no key replays', async () => {
    const { stripe, http } = await startSandbox();
    const { params } = confirmed();
    await http.fault({ operation: 'create', fault: 'rate-limited' });
    const error = await stripeErrorOf(stripe.paymentIntents.create(params, { idempotencyKey: 'a' }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect((await stripe.paymentIntents.create(params, { idempotencyKey: 'a' })).status).toBe('requires_capture');
  });

  it('decline the next card, whatever it is, and leave what confirms nothing alone', async () => {
    const { stripe, http } = await startSandbox();
    const [first, second] = [confirmed(), confirmed()];
    const { id } = await stripe.paymentIntents.create(first.params);
    await http.fault({ operation: 'any', fault: 'declined' });
    await stripe.paymentIntents.retrieve(id);
    await stripe.paymentIntents.capture(id);
    const error = await stripeErrorOf(stripe.paymentIntents.create(second.params));
    expect(error).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(await http.order(second.orderId)).toMatchObject({ authorized: { count: 0 }, declined: { count: 1 } });
    expect((await stripe.paymentIntents.create(confirmed().params)).status).toBe('requires_capture');
    await http.fault({ operation: 'confirm', fault: 'declined' });
    const { params } = purchase({ payment_method: 'pm_card_visa' });
    const unconfirmed = await stripe.paymentIntents.create(params);
    expect(await stripeErrorOf(stripe.paymentIntents.confirm(unconfirmed.id))).toMatchObject({ statusCode: 402 });
    const again = { payment_method: 'pm_card_visa' };
    expect((await stripe.paymentIntents.confirm(unconfirmed.id, again)).status).toBe('requires_capture');
  });

  it('affect only their order and operation, as often as requested', async () => {
    const { stripe, http } = await startSandbox();
    const [one, two] = [confirmed(), confirmed()];
    await http.fault({ operation: 'create', fault: 'rate-limited', orderId: two.orderId, times: 2 });
    await stripe.paymentIntents.create(one.params);
    await stripeErrorOf(stripe.paymentIntents.create(two.params));
    await stripeErrorOf(stripe.paymentIntents.create(two.params));
    const { id } = await stripe.paymentIntents.create(two.params);
    expect(await http.faultHits()).toEqual([2]);
    await http.fault({ operation: 'search', fault: 'rate-limited', orderId: two.orderId });
    await stripe.paymentIntents.search({ query: `metadata['orderId']:'${one.orderId}'` });
    await stripeErrorOf(stripe.paymentIntents.search({ query: `metadata['orderId']:'${two.orderId}'` }));
    await http.fault({ operation: 'retrieve', fault: 'rate-limited', orderId: one.orderId });
    expect((await stripe.paymentIntents.retrieve(id)).id).toBe(id);
  });

  it.each([
    [undefined, undefined],
    [[], undefined],
    [{}, 'operation'],
    [{ operation: 'create' }, 'fault'],
    [{ operation: 'refund', fault: 'down' }, 'operation'],
    [{ operation: { $gt: '' }, fault: 'down' }, 'operation'],
    [{ operation: 'any', fault: 'toString' }, 'fault'],
    [{ operation: 'any', fault: 'down', times: 0 }, 'times'],
    [{ operation: 'any', fault: 'down', times: 1.5 }, 'times'],
    [{ operation: 'any', fault: 'down', times: null }, 'times'],
    [{ operation: 'any', fault: 'down', delayMs: 5 }, 'delayMs'],
    [{ operation: 'any', fault: 'slow', delayMs: 1e9 }, 'delayMs'],
    [{ operation: 'any', fault: 'slow', delayMs: '5' }, 'delayMs'],
    [{ operation: 'any', fault: 'slow', orderId: 7 }, 'orderId'],
    [{ operation: 'any', fault: 'slow', colour: 'red' }, 'colour'],
  ])('are refused with 400 when described as %j', async (fault, param) => {
    const { http } = await startSandbox();
    const { status, body } = await http.json('POST', '/sandbox/faults', fault);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', ...(param === undefined ? {} : { param }) } });
    expect((await http.json('GET', '/sandbox/faults')).body).toEqual({ faults: [] });
  });
});
