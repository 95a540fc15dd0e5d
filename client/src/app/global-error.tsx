'use client';
import '../styles/site.scss';

/** The last resort: when even the frame around the pages fails. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <main className="container">
          <title>Something went wrong</title>
          <div className="empty">
            <h1>Something went wrong here</h1>
            <p>It is our fault, not yours. What you hold stays held, and nothing is paid twice.</p>
            <div className="row-actions">
              <a href="/" className="btn btn-primary">
                See the tickets
              </a>
            </div>
          </div>
        </main>
      </body>
    </html>
  );
}
