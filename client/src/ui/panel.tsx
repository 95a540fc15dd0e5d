import type { ReactNode } from 'react';

/** A framed part of a page; with `labelledBy`, the id of its heading, a landmark. */
export function Panel({
  as: Element = 'div',
  labelledBy,
  className,
  children,
}: {
  as?: 'div' | 'section' | 'aside';
  labelledBy?: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Element className={className === undefined ? 'panel' : `panel ${className}`} aria-labelledby={labelledBy}>
      {children}
    </Element>
  );
}
