/** What comes in from outside must not grow it for ever. */
const MOST = 5000;

/** Remembers what a function gave for arguments that are plain data: it must give the same whenever it is asked. */
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
