import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/** A value that only the browser knows. On the server, and until the scripts of the page run, it is what `otherwise` returns. */
export const useInBrowser = <T>(inBrowser: () => T, otherwise: () => T): T =>
  useSyncExternalStore(never, inBrowser, otherwise);

/** Whether the scripts of the page run. */
export const useIsLive = (): boolean =>
  useInBrowser(
    () => true,
    () => false,
  );
