import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../src/api/http.ts';
import type { Payment } from '../src/api/types.ts';
import { stageOf } from '../src/app/orders/[id]/_components/stage.ts';

const paymentThat = (status: Payment['status']) => ({ ok: true, data: { status } }) as Answer<Payment>;
const noPayment = { ok: false, status: 404 } as Answer<Payment>;
const noAnswer = { ok: false, status: 503 } as Answer<Payment>;

describe('the stage of an order that was read as awaiting payment', () => {
  it.each([
    ['there is no payment', noPayment],
    ['payments is down', noAnswer],
    ['the last card was declined', paymentThat('declined')],
  ])('asks to pay when %s', (_, payment) => {
    expect(stageOf({ status: 'awaiting:payment' }, payment)).toBe('pay');
  });

  it.each(['requested', 'authorized', 'captured', 'voided', 'failed'] as const)(
    'does not ask to pay again when the payment, which is read later, is %s',
    (status) => {
      expect(stageOf({ status: 'awaiting:payment' }, paymentThat(status))).toBe('paying');
    },
  );
});
