import type { ReactNode } from 'react';

/** The heading of a list of the visitor's own, with what it shows and what can be added. */
export function PageHead({ title, about, children }: { title: string; about: string; children?: ReactNode }) {
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        <p className="muted">{about}</p>
      </div>
      {children}
    </div>
  );
}
