'use client';
import { useActionState } from 'react';
import { type FormAction, START } from '../lib/form-state.ts';
import { TEST_CARDS } from '../lib/test-cards.ts';
import { FieldProblem, Problems } from './problems.tsx';
import { SubmitButton } from './submit-button.tsx';

/** Pays in the sandbox with one of Stripe's test cards. There is nothing to type, so no real card can end up here. */
export function CardForm({ action, orderId, label }: { action: FormAction; orderId: string; label: string }) {
  const [state, send] = useActionState(action, START);
  const chosen = state.values?.['paymentMethod'] ?? TEST_CARDS[0].id;
  const problem = state.problems.find(({ field }) => field === 'paymentMethod')?.text;
  return (
    <form action={send}>
      <Problems state={state} idOf={() => 'card-0'} />
      <input type="hidden" name="orderId" value={orderId} />
      <fieldset className="card-choices" key={state.attempt}>
        <legend>Pay with a test card</legend>
        {TEST_CARDS.map(({ id, what, number }, place) => (
          <label className="card-choice" key={id}>
            <input
              type="radio"
              id={`card-${place}`}
              name="paymentMethod"
              value={id}
              defaultChecked={id === chosen}
              aria-describedby={problem === undefined ? undefined : 'card-problem'}
            />
            <span className="what">{what}</span>
            <span className="number">
              <span className="visually-hidden">ending in </span>
              <span aria-hidden="true">•••• </span>
              {number}
            </span>
          </label>
        ))}
        <FieldProblem id="card-problem" text={problem} />
      </fieldset>
      <SubmitButton label={label} busyLabel="Paying…" look="btn-primary btn-wide" />
    </form>
  );
}
