import Link from 'next/link';

/**
 * 404: an address that does not exist, or belongs to another account. Pages render it themselves, as proxy.ts has set the
 * status already: `notFound()` would leave the first HTML empty.
 */
export function NotFoundPage() {
  return (
    <div className="empty">
      <p className="eyebrow">404</p>
      <h1>Page not found</h1>
      <p>The link may be out of date, or the page may belong to another account.</p>
      <div className="row-actions">
        <Link href="/" className="btn btn-primary" prefetch={false}>
          Browse tickets
        </Link>
        <Link href="/orders" className="btn btn-quiet" prefetch={false}>
          My orders
        </Link>
      </div>
    </div>
  );
}
