'use client';

/** A page that failed to render. Refused requests and services that are down are shown by the pages themselves. */
export default function ErrorPage() {
  return (
    <div className="empty" role="alert">
      <h1>Something went wrong</h1>
      <p>Check your connection and try again. Your holds and your money are safe.</p>
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
          Browse tickets
        </a>
      </div>
    </div>
  );
}
