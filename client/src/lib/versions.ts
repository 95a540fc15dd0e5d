/** The states of tickets or orders as a text: another text is another state. */
export const versionsOf = (
  items: readonly { id: string; version: number; status: string; isClosed?: boolean | undefined }[],
): string => items.map(({ id, version, status, isClosed = false }) => `${id} ${version} ${status} ${isClosed}`).join();
