'use client';
import type { Stripe, StripeElements } from '@stripe/stripe-js';
import { startTransition, useActionState, useEffect, useRef, useState, type SubmitEvent } from 'react';
import { type FormAction, START } from '../lib/form-state.ts';
import { Problems } from './problems.tsx';
import { SubmitButton } from './submit-button.tsx';

/** Pays with Stripe's Payment Element: the card's number goes to Stripe alone. Its script is loaded only here. */
export function StripeForm({
  action,
  orderId,
  label,
  publishableKey,
  amount,
  currency,
}: {
  action: FormAction;
  orderId: string;
  label: string;
  publishableKey: string;
  amount: number;
  currency: string;
}) {
  const [state, send, pending] = useActionState(action, START);
  const [own, setOwn] = useState(START);
  const [busy, setBusy] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const loaded = useRef<{ stripe: Stripe; elements: StripeElements }>(null);
  const asked = useRef('');

  const refuse = (text: string) => {
    setOwn((before) => ({ attempt: before.attempt + 1, problems: [{ text }] }));
    setBusy(false);
  };

  useEffect(() => {
    let gone = false;
    let unmount: (() => void) | undefined;
    const load = async () => {
      const { loadStripe } = await import('@stripe/stripe-js/pure');
      const stripe = await loadStripe(publishableKey);
      if (stripe === null || gone || place.current === null) return;
      const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
      const elements = stripe.elements({
        mode: 'payment',
        amount,
        currency,
        captureMethod: 'manual',
        paymentMethodCreation: 'manual',
        allowedPaymentMethodTypes: ['card'],
        appearance: { theme: dark ? 'night' : 'stripe', variables: { borderRadius: '8px' } },
      });
      const element = elements.create('payment');
      element.mount(place.current);
      loaded.current = { stripe, elements };
      unmount = () => {
        element.destroy();
      };
    };
    load().catch(() => {
      if (!gone) refuse('We can’t load the card form. Check your connection and reload this page.');
    });
    return () => {
      gone = true;
      unmount?.();
    };
  }, [publishableKey, amount, currency]);

  // The bank needs to verify the payment: Stripe's script does that, then the same card is tried again.
  useEffect(() => {
    const { clientSecret, values } = state;
    const stripe = loaded.current?.stripe;
    if (clientSecret === undefined || stripe === undefined || asked.current === `${state.attempt}`) return;
    asked.current = `${state.attempt}`;
    const confirm = async () => {
      const { error } = await stripe.handleNextAction({ clientSecret });
      if (error) {
        refuse(
          error.message ?? 'Your bank didn’t verify this payment. No money was taken and your ticket is still on hold.',
        );
        return;
      }
      const form = new FormData();
      form.set('orderId', orderId);
      form.set('paymentMethod', values?.['paymentMethod'] ?? '');
      startTransition(() => {
        send(form);
      });
    };
    confirm().catch(() => {
      refuse('We couldn’t reach your bank. No money was taken and your ticket is still on hold. Please try again.');
    });
  }, [state, orderId, send]);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const ready = loaded.current;
    if (ready === null || busy || pending) return;
    setOwn(START);
    setBusy(true);
    const checked = await ready.elements.submit();
    // Stripe shows in its own fields what is missing.
    if (checked.error) {
      setBusy(false);
      return;
    }
    const made = await ready.stripe.createPaymentMethod({ elements: ready.elements });
    if (made.error) {
      refuse(made.error.message ?? 'We couldn’t read this card. Check the details and try again.');
      return;
    }
    const form = new FormData();
    form.set('orderId', orderId);
    form.set('paymentMethod', made.paymentMethod.id);
    setBusy(false);
    startTransition(() => {
      send(form);
    });
  }

  const shown = own.problems.length > 0 ? own : state.clientSecret === undefined ? state : START;
  return (
    <form
      onSubmit={(event) => {
        void submit(event);
      }}
    >
      <Problems state={shown} />
      <div ref={place} className="card-place" />
      <noscript>
        <p>Paying by card needs JavaScript, which is off in this browser. Your ticket is still on hold.</p>
      </noscript>
      <SubmitButton label={label} busyLabel="Paying…" look="btn-primary btn-wide" busy={busy || pending} />
    </form>
  );
}
