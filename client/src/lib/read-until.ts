import type { Answer } from '@/api/http.ts';

const LIMIT_MS = 2000;
const INTERVAL_MS = 50;

/**
 * Reads until `isDone`, for 2 s at most, and returns the last answer. For a page that shows what another service is about to learn from
 * an event.
 */
export async function readUntil<T>(
  read: () => Promise<Answer<T>>,
  isDone: (answer: Answer<T>) => boolean,
): Promise<Answer<T>> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await read();
    if (isDone(answer) || Date.now() >= deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
