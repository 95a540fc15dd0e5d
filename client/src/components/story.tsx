import type { OrderStep } from '../lib/types.ts';
import { stepText } from '../lib/words.ts';
import { LocalTime } from './local-time.tsx';

/** An order's history as a timeline. */
export function Story({ steps }: { steps: OrderStep[] }) {
  return (
    <ol className="story">
      {steps.map((step) => (
        <li key={`${step.status} ${step.at}`}>
          {stepText(step)}
          <LocalTime instant={step.at} />
        </li>
      ))}
    </ol>
  );
}
