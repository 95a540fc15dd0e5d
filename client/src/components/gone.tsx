import Link from 'next/link';

/** The page of a ticket that was withdrawn (410). */
export function Gone() {
  return (
    <div className="empty">
      <h1>This ticket was withdrawn</h1>
      <p>Its seller took it off the market, so it can’t be had any more. There are others.</p>
      <div className="row-actions">
        <Link href="/" className="btn btn-primary" prefetch={false}>
          See the tickets
        </Link>
        <Link href="/sell" className="btn btn-quiet" prefetch={false}>
          My listings
        </Link>
      </div>
    </div>
  );
}
