import { describe, expect, it } from '@jest/globals';
import type { Failure } from '../src/api/http.ts';
import { failedState } from '../src/lib/form-failure.ts';
import { UNSENT } from '../src/lib/form-state.ts';
import { KEY_FIELD, keyOf, newKey } from '../src/lib/idempotency-key.ts';
import { UNCONFIRMED } from '../src/lib/messages.ts';

const failure = (status: number, code: string, isOutcomeUnknown = false): Failure => ({
  ok: false,
  status,
  problems: [{ code, message: 'A message.' }],
  isOutcomeUnknown,
});
const after = (failed: Failure) => failedState(UNSENT, failed, { key: 'k1', unconfirmed: UNCONFIRMED.list });

describe('a form after its request failed', () => {
  it.each([
    ['a lost connection', failure(503, 'service-unavailable', true)],
    ['a first request that is still running', failure(409, 'idempotency-in-progress', true)],
    ['a request that was not sent', failure(503, 'not-sent')],
    ['a payment that goes on without the buyer', failure(503, 'payment-pending')],
    ['a missing session', failure(401, 'unauthenticated')],
    ['too many requests', failure(429, 'too-many-requests')],
  ])('keeps its key after %s, so that a repetition is harmless', (_name, failed) => {
    expect(after(failed).key).toBe('k1');
  });

  it.each([
    ['a field that was refused', failure(400, 'required')],
    ['a declined card', failure(402, 'card-declined')],
    ['a changed price', failure(409, 'price-changed')],
    ['a changed offer', failure(409, 'offer-changed')],
    ['fields that were changed since', failure(422, 'idempotency-key-reused')],
  ])('has a new key after %s, so that it is a new command', (_name, failed) => {
    expect(after(failed).key).toMatch(/^[0-9a-f]{32}$/);
  });

  it('shows where to look while the outcome is unknown', () => {
    expect(after(failure(503, 'service-unavailable', true))).toMatchObject({
      attempt: 1,
      problems: [{ text: UNCONFIRMED.list.text }],
      look: { href: '/sell' },
    });
  });

  it.each([
    ['a lost connection', failure(503, 'service-unavailable', true), true],
    ['a first request that is still running', failure(409, 'idempotency-in-progress', true), true],
    ['a payment that goes on without the buyer', failure(503, 'payment-pending'), true],
    ['a changed price', failure(409, 'price-changed'), undefined],
  ])('looks by itself for what has come of it, or not, after %s', (_name, failed, looksAgain) => {
    expect(after(failed).looksAgain).toBe(looksAgain);
  });

  it('warns that what it had before may have been carried out, after a change', () => {
    expect(after(failure(422, 'idempotency-key-reused'))).toMatchObject({
      problems: [{ text: UNCONFIRMED.list.changed }],
      look: { href: '/sell' },
    });
  });

  it('shows that nothing was sent only if that is certain', () => {
    expect(after(failure(503, 'not-sent')).problems[0]?.text).toContain('nothing was sent');
  });

  it('gets no key if it had none', () => {
    expect(failedState(UNSENT, failure(409, 'order-closed'), { unconfirmed: UNCONFIRMED.cancel })).not.toHaveProperty(
      'key',
    );
  });
});

it.each(Object.entries(UNCONFIRMED))('the unknown outcome of %s is not asserted', (_name, { text }) => {
  expect(text).toMatch(/^We don’t know yet whether /);
  expect(text).not.toMatch(/nothing|no money|was not|wasn’t/i);
});

describe('the key of a form', () => {
  it('is what its hidden field has', () => {
    const form = new FormData();
    expect(keyOf(form)).toBeUndefined();
    form.set(KEY_FIELD, '');
    expect(keyOf(form)).toBeUndefined();
    form.set(KEY_FIELD, 'k1');
    expect(keyOf(form)).toBe('k1');
  });

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 100 }, newKey)).size).toBe(100);
  });
});
