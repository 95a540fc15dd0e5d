/** The link or the search by which an event loads a page of this site in this tab, if it is one. */
export function leavingBy(event: Event): HTMLAnchorElement | HTMLFormElement | undefined {
  const { target } = event;
  if (!(event instanceof MouseEvent)) {
    // A form with an action of the server, or one that sends itself, has another address or none.
    const isSearch =
      target instanceof HTMLFormElement &&
      target.method === 'get' &&
      target.getAttribute('action')?.startsWith('/') === true;
    return isSearch ? target : undefined;
  }
  const link = target instanceof Element ? target.closest('a') : null;
  if (link?.target !== '' || link.origin !== window.location.origin || link.hasAttribute('download')) return undefined;
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return undefined;
  const isWithin = link.hash !== '' && isHere(link);
  return isWithin ? undefined : link;
}

/** Whether a link leads to the address of this page. */
export const isHere = ({ pathname, search }: HTMLAnchorElement): boolean =>
  pathname + search === window.location.pathname + window.location.search;
