/** Arguments come from requests: the cache must not grow without bound. */
const MOST = 5000;

/** Memoizes a pure function of plain data. */
export function memo<Args extends unknown[], Result>(make: (...args: Args) => Result): (...args: Args) => Result {
  const made = new Map<string, Result>();
  return (...args) => {
    const key = JSON.stringify(args);
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= MOST) made.clear();
    const result = make(...args);
    made.set(key, result);
    return result;
  };
}
