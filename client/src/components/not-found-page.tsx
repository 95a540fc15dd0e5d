import Link from 'next/link';

/**
 * 404: an address that leads nowhere, or to what is somebody else's. Pages render it themselves, their status being set
 * already: `notFound()` would leave the first HTML empty.
 */
export function NotFoundPage() {
  return (
    <div className="empty">
      <p className="eyebrow">404</p>
      <h1>There is nothing at this address</h1>
      <p>The link may be old, or made for somebody else’s eyes: orders are shown to their buyers alone.</p>
      <div className="row-actions">
        <Link href="/" className="btn btn-primary" prefetch={false}>
          See the tickets
        </Link>
        <Link href="/orders" className="btn btn-quiet" prefetch={false}>
          My orders
        </Link>
      </div>
    </div>
  );
}
