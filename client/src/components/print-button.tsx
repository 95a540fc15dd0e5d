'use client';

export function PrintButton() {
  return (
    <button
      type="button"
      className="btn btn-quiet needs-scripts"
      onClick={() => {
        window.print();
      }}
    >
      Print receipt
    </button>
  );
}
