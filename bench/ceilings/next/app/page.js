/** The ceiling for pages: one that Next renders when it is built and only sends afterwards. As long as a list of 20. */
export default function Page() {
  return (
    <ul>
      {Array.from({ length: 20 }, (_, index) => (
        <li key={index}>
          <h2>Concert {index}</h2>
          <p>A page without a question to anybody.</p>
        </li>
      ))}
    </ul>
  );
}
