'use client';
import { type ComponentProps, lazy, Suspense } from 'react';

const StripeForm = lazy(async () => ({ default: (await import('./stripe-form.tsx')).StripeForm }));

/** Its code is loaded only on pages that show it. Not by next/dynamic, which is larger than what it would save. */
export function StripeFormLazy(props: ComponentProps<typeof StripeForm>) {
  return (
    <Suspense>
      <StripeForm {...props} />
    </Suspense>
  );
}
