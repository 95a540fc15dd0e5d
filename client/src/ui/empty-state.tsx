import type { ReactNode } from 'react';

/** A placeholder where there is nothing to show: why, and what to do instead. */
export function EmptyState({
  title,
  heading: Heading = 'h2',
  headingId,
  eyebrow,
  actions,
  isAlert = false,
  children,
}: {
  title: string;
  heading?: 'h1' | 'h2' | 'h3';
  headingId?: string;
  eyebrow?: string;
  actions: ReactNode;
  isAlert?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="empty" role={isAlert ? 'alert' : undefined}>
      {eyebrow === undefined ? null : <p className="eyebrow">{eyebrow}</p>}
      <Heading id={headingId}>{title}</Heading>
      <p>{children}</p>
      <div className="row-actions">{actions}</div>
    </div>
  );
}
