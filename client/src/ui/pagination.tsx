import { ButtonLink } from './link.tsx';

interface Step {
  href: string;
  label: string;
}

/** Links to the pages before and after this one; nothing when there is neither. */
export function Pagination({ previous, next }: { previous: Step | undefined; next: Step | undefined }) {
  if (previous === undefined && next === undefined) return null;
  return (
    <nav className="pages" aria-label="Pagination">
      {previous === undefined ? (
        <span />
      ) : (
        <ButtonLink href={previous.href} variant="quiet">
          {previous.label}
        </ButtonLink>
      )}
      {next === undefined ? null : (
        <ButtonLink href={next.href} variant="quiet" rel="next">
          {next.label}
        </ButtonLink>
      )}
    </nav>
  );
}
