'use client';

/** A failure of the pages themselves. What the services refuse, or that they are down, is shown by the pages. */
export default function ErrorPage() {
  return (
    <div className="empty" role="alert">
      <h1>Something went wrong here</h1>
      <p>It is our fault, not yours. What you hold stays held, and nothing is paid twice. Please try once more.</p>
      <div className="row-actions">
        <button
          type="button"
          className="btn btn-primary"
          onClick={() => {
            window.location.reload();
          }}
        >
          Try again
        </button>
        {/* A full load on purpose: after a failure nothing of this page is worth keeping. */}
        <a href="/" className="btn btn-quiet">
          See the tickets
        </a>
      </div>
    </div>
  );
}
