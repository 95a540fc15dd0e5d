/** Longer than the server waits for a write and for the reads of the page after it. */
const SENDING_LIMIT_MS = 30_000;

const sending = new Set<Promise<void>>();

/** Resolves once no form of this page is being sent, or has been for so long that there will be no answer. */
export async function whenSent(): Promise<void> {
  while (sending.size > 0) await Promise.all(sending);
}

/** For when the router has gone to another page: what was sent from the last one is not waited for. */
export function forgetSent(): void {
  sending.clear();
}

/** Notes that a form is being sent. Returns how to note that it no longer is. */
export function startSending(): () => void {
  let end: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => {
    end = () => {
      clearTimeout(timer);
      sending.delete(sent);
      resolve();
    };
  });
  const timer = setTimeout(end, SENDING_LIMIT_MS);
  sending.add(sent);
  return end;
}
