/**
 * The versions that the entity tags of `If-Match` name (RFC 9110); undefined when any will do. A tag is a version, with a suffix where
 * representations of the same version differ.
 */
export function matchedVersions(header: string | undefined): readonly number[] | undefined {
  if (matchesAny(header)) return undefined;
  const tags = (header ?? '').matchAll(/(?:^|,)\s*"(\d{1,15})(?:-[a-z]+)?"\s*(?=,|$)/g);
  return [...tags].map(([, version]) => Number(version));
}

/** Whether a request does not depend on what is there now. */
export const matchesAny = (header: string | undefined): boolean => header === undefined || header.trim() === '*';
