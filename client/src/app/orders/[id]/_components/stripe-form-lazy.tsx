'use client';
import dynamic from 'next/dynamic';

/** Its code, too, is loaded only on pages that show it. */
export const StripeFormLazy = dynamic(async () => (await import('./stripe-form.tsx')).StripeForm);
