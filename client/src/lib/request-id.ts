/** The header that carries the id of a visitor's request to the API. proxy.ts sets it; one from outside is replaced. */
export const REQUEST_ID_HEADER = 'x-request-id';
