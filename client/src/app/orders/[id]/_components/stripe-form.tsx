'use client';
import { Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import { loadStripe } from '@stripe/stripe-js/pure';
import { startTransition, useActionState, useEffect, useState } from 'react';
import type { Money } from '@/api/types.ts';
import { FormProblems } from '@/components/form-problems.tsx';
import { type FormAction, type FormState, UNSENT } from '@/lib/form-state.ts';
import { guardedAction } from '@/lib/guarded-action.ts';
import { KEY_FIELD, newKey } from '@/lib/idempotency-key.ts';
import { SubmitButton } from '@/ui/submit-button.tsx';

interface FormProps {
  action: FormAction;
  orderId: string;
  label: string;
}

/** Pays with Stripe's Payment Element: the card's number goes to Stripe alone. Its script is loaded only here. */
export function StripeForm({ publishableKey, price, ...form }: FormProps & { publishableKey: string; price: Money }) {
  // Null where it can't be loaded, and while the page is rendered by the server.
  const [stripe] = useState(() => loadStripe(publishableKey).catch(() => null));
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    void stripe.then((loaded) => {
      setFailed(loaded === null);
    });
  }, [stripe]);
  return (
    <Elements
      stripe={stripe}
      options={{
        mode: 'payment',
        ...price,
        captureMethod: 'manual',
        paymentMethodCreation: 'manual',
        allowedPaymentMethodTypes: ['card'],
        appearance: { theme: prefersDark() ? 'night' : 'stripe', variables: { borderRadius: '8px' } },
      }}
    >
      <CardForm {...form} hasFailed={hasFailed} />
    </Elements>
  );
}

const prefersDark = (): boolean =>
  typeof window !== 'undefined' && window.matchMedia('(prefers-color-scheme: dark)').matches;

const LOAD_FAILED: FormState = {
  attempt: 1,
  problems: [{ text: 'We can’t load the card form. Check your connection and reload this page.' }],
};

function CardForm({ action, orderId, label, hasFailed }: FormProps & { hasFailed: boolean }) {
  const stripe = useStripe();
  const elements = useElements();
  const [state, submit, isPending] = useActionState(pay, UNSENT);

  async function pay(previous: FormState): Promise<FormState> {
    if (stripe === null || elements === null) return previous;
    const failed = (text: string): FormState => ({ attempt: previous.attempt + 1, problems: [{ text }] });
    // Stripe shows in its own fields what is missing.
    if ((await elements.submit()).error) return UNSENT;
    const { error, paymentMethod } = await stripe.createPaymentMethod({ elements });
    if (error) return failed(error.message ?? 'We couldn’t read this card. Check the details and try again.');
    const form = new FormData();
    form.set('orderId', orderId);
    form.set('paymentMethod', paymentMethod.id);
    // Each press makes a payment method of its own, so it is a new command. The bank's verification belongs to it.
    form.set(KEY_FIELD, newKey());
    const send = guardedAction(action);
    const answer = await send(previous, form);
    if (answer.clientSecret === undefined) return answer;
    // The bank needs to verify the payment: Stripe's script does that, then the same card is tried again.
    const problem = await verify(answer.clientSecret);
    return problem === undefined ? send(answer, form) : failed(problem);
  }

  /** Lets the buyer verify the payment with the bank. Returns the error, if any. */
  async function verify(clientSecret: string): Promise<string | undefined> {
    try {
      const verified = await stripe?.handleNextAction({ clientSecret });
      if (verified?.error === undefined) return undefined;
      return verified.error.message ?? 'Your bank didn’t confirm this payment. Your ticket is still on hold.';
    } catch {
      return 'The connection to your bank was lost. If you’ve confirmed the payment there, wait: this page will show it. Otherwise try again.';
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isPending) startTransition(submit);
      }}
    >
      <FormProblems state={hasFailed ? LOAD_FAILED : state} />
      <PaymentElement className="card-element" />
      <noscript>
        <p>Paying by card needs JavaScript, which is off in this browser. Your ticket is still on hold.</p>
      </noscript>
      <SubmitButton label={label} pendingLabel="Paying…" wide isPending={isPending} />
    </form>
  );
}
