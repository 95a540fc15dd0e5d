/** The baseline for pages: Next renders it at build time and only sends it. It is as long as a list of 20. */
export default function Page() {
  return (
    <ul>
      {Array.from({ length: 20 }, (_, index) => (
        <li key={index}>
          <h2>Concert {index}</h2>
          <p>This page needs no data.</p>
        </li>
      ))}
    </ul>
  );
}
