'use client';
import '../styles/site.scss';

/** The last resort: when even the root layout fails. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <main className="container">
          <title>Something went wrong</title>
          <div className="empty">
            <h1>Something went wrong</h1>
            <p>Check your connection and try again. Your holds and your money are safe.</p>
            <div className="row-actions">
              <a href="/" className="btn btn-primary">
                Browse tickets
              </a>
            </div>
          </div>
        </main>
      </body>
    </html>
  );
}
