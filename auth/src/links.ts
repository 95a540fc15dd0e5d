import { createHash, randomBytes } from 'node:crypto';
import { ownFilter } from '@ticketing/core/mongo';
import type { StoredLink, User, UserModel } from './models/user.ts';

/** What a mailed link is for. */
export type LinkKind = 'confirm' | 'reset';

export const LINK_MINUTES = 30;

/** Links of one kind that an account has at once; the oldest ends for one more. */
const MAX_LINKS = 5;

/** The field of an account with its links of a kind. */
export const linksField = (kind: LinkKind) => `${kind}Links` as const;

// A token is random and long, so a fast hash is enough.
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Adds a link to an account. Resolves to its token, which is stored nowhere; undefined when there is no such account. */
export async function addLink(
  { users, now }: { users: UserModel; now: () => Date },
  userId: string,
  kind: LinkKind,
): Promise<string | undefined> {
  const token = randomBytes(32).toString('base64url');
  const endsAt = new Date(now().getTime() + LINK_MINUTES * 60_000).toISOString();
  const link: StoredLink = { hash: hashOf(token), endsAt };
  const { matchedCount } = await users.updateOne(
    { _id: userId },
    { $push: { [linksField(kind)]: { $each: [link], $slice: -MAX_LINKS } } },
  );
  return matchedCount === 1 ? token : undefined;
}

/** The account whose link has this token and has not ended; null when there is none. */
export const findByLink = (
  { users, now }: { users: UserModel; now: () => Date },
  kind: LinkKind,
  token: string,
): Promise<User | null> =>
  users
    .findOne(withLink(kind, token, now()))
    .lean<User>()
    .exec();

/**
 * Uses a link: changes its account and removes all its links of the kind, in one write. Resolves to the account before the change; null,
 * with nothing written, when the link has ended or was used.
 */
export const useLink = (
  { users, now }: { users: UserModel; now: () => Date },
  kind: LinkKind,
  token: string,
  change: Partial<User>,
): Promise<User | null> =>
  users
    .findOneAndUpdate(withLink(kind, token, now()), { $set: change, $unset: { [linksField(kind)]: 1 } })
    .lean<User>()
    .exec();

const withLink = (kind: LinkKind, token: string, now: Date): object =>
  ownFilter({ [linksField(kind)]: { $elemMatch: { hash: hashOf(token), endsAt: { $gt: now.toISOString() } } } });
