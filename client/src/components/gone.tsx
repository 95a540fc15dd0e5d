import Link from 'next/link';

/** The page of a ticket that the seller removed (410). */
export function Gone() {
  return (
    <div className="empty">
      <h1>Ticket removed</h1>
      <p>The seller removed this ticket, so it’s no longer available.</p>
      <div className="row-actions">
        <Link href="/" className="btn btn-primary" prefetch={false}>
          Browse tickets
        </Link>
        <Link href="/sell" className="btn btn-quiet" prefetch={false}>
          My listings
        </Link>
      </div>
    </div>
  );
}
