'use client';
import { FormProblems } from '@/components/form-problems.tsx';
import { KeyField } from '@/components/key-field.tsx';
import { useFormAction } from '@/components/use-form-action.ts';
import { type FormAction, problemOf } from '@/lib/form-state.ts';
import { FieldProblem } from '@/ui/field.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { TEST_CARDS } from './test-cards.ts';

/** Pays in the sandbox with one of Stripe's test cards. There is nothing to type, so no real card can end up here. */
export function CardForm({
  action,
  orderId,
  idempotencyKey,
  label,
}: {
  action: FormAction;
  orderId: string;
  idempotencyKey: string;
  label: string;
}) {
  const [state, send] = useFormAction(action, { restores: true });
  const chosen = state.values?.['paymentMethod'] ?? TEST_CARDS[0].id;
  const problem = problemOf(state, 'paymentMethod');
  return (
    <form action={send}>
      <FormProblems state={state} idOf={() => 'card-0'} />
      <KeyField rendered={idempotencyKey} state={state} />
      <input type="hidden" name="orderId" value={orderId} />
      <fieldset className="card-choices" key={state.attempt}>
        <legend>Pay with a test card</legend>
        {TEST_CARDS.map((card, index) => (
          <label className="card-choice" key={card.id}>
            <input
              type="radio"
              id={`card-${index}`}
              name="paymentMethod"
              value={card.id}
              defaultChecked={card.id === chosen}
              aria-describedby={problem === undefined ? undefined : 'card-problem'}
            />
            <span className="card-choice-name">{card.name}</span>
            <span className="card-choice-number">
              <span className="visually-hidden">ending in </span>
              <span aria-hidden="true">•••• </span>
              {card.lastDigits}
            </span>
          </label>
        ))}
        <FieldProblem id="card-problem" text={problem} />
      </fieldset>
      <SubmitButton label={label} pendingLabel="Paying…" wide />
    </form>
  );
}
