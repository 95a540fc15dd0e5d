import { AsyncLocalStorage } from 'node:async_hooks';

/** The context of the request or message being handled: it is added to its log lines and to the events that it causes. */
interface RequestContext {
  requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with `requestId` as the current request id, also in everything that it awaits. */
export const withRequestId = <T>(requestId: string, work: () => T): T => storage.run({ requestId }, work);

/** The id of the request or message being handled, if there is one. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;
