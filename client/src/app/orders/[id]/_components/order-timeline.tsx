import type { OrderStep } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { orderStepText } from '@/lib/messages.ts';

/** An order's history, step by step. */
export function OrderTimeline({ steps }: { steps: OrderStep[] }) {
  return (
    <ol className="timeline">
      {steps.map((step) => (
        <li key={`${step.status} ${step.at}`}>
          {orderStepText(step)}
          <LocalTime instant={step.at} />
        </li>
      ))}
    </ol>
  );
}
