import { AsyncLocalStorage } from 'node:async_hooks';

/** What belongs to the request (or event) being worked on: it goes into every log line and every event it causes. */
interface RequestContext {
  requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` so that `currentRequestId()` answers `requestId` in it and in all it awaits. */
export const withRequestId = <T>(requestId: string, work: () => T): T => storage.run({ requestId }, work);

export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;
