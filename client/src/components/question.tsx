import type { ReactNode } from 'react';
import { buttonClass, type ButtonStyle } from '@/ui/button.tsx';

/** A button that opens a question before what can't be undone, with and without scripts. */
export function Question({ label, children, ...style }: ButtonStyle & { label: string; children: ReactNode }) {
  return (
    <details className="question">
      <summary className={buttonClass({ variant: 'quiet', ...style })}>{label}</summary>
      {children}
    </details>
  );
}
