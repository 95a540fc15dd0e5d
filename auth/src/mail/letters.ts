import { amountText } from '@ticketing/common/currencies';
import { batched } from '@ticketing/core';
import { trusted } from 'mongoose';
import { LINK_MINUTES, addLink } from '../links.ts';
import type { LinkKind } from '../links.ts';
import type { MailTopic, MailedOrder } from '../models/mail.ts';
import type { User, UserModel } from '../models/user.ts';
import { spellingsOf } from '../spellings.ts';
import type { WriteLetter } from './mails.ts';
import type { Letter } from './transport.ts';

type Text = Omit<Letter, 'to'>;
type Reader = Pick<User, '_id' | 'email' | 'confirmedAt'>;

/**
 * Creates the writer of letters: it finds the account that a topic is about, and creates the link that the letter holds. `siteUrl` is
 * the address by which visitors reach the site; never that of a request, which could lead the reader of a letter elsewhere.
 */
export function letterWriter({ users, now }: { users: UserModel; now: () => Date }, siteUrl: string): WriteLetter {
  const site = siteUrl.replace(/\/+$/, '');
  const { host } = new URL(site);

  /** The address of a page with a new link's token; undefined when the account is gone. */
  async function linkTo(page: string, userId: string, kind: LinkKind): Promise<string | undefined> {
    const token = await addLink({ users, now }, userId, kind);
    return token === undefined ? undefined : `${site}${page}?token=${token}`;
  }

  const find = (filter: object): Promise<Reader[]> =>
    users.find(filter).select('email confirmedAt').lean<Reader[]>().exec();

  // Letters that are written at the same time find their readers by one query.
  const findById = batched(async (ids: string[]): Promise<Map<string, Reader>> => {
    const found = await find({ _id: trusted({ $in: [...new Set(ids)] }) });
    return new Map(found.map((user) => [user._id, user]));
  });

  async function readerOf(topic: MailTopic): Promise<Reader | undefined> {
    if (topic.kind !== 'reset') return (await findById(topic.userId)).get(topic.userId);
    const [user] = await find({ email: trusted({ $in: spellingsOf(topic.email) }) });
    return user;
  }

  async function letterOn(topic: MailTopic, user: Reader): Promise<Text | undefined> {
    switch (topic.kind) {
      case 'confirm': {
        if (user.confirmedAt !== undefined) return undefined;
        const link = await linkTo('/auth/confirm', user._id, 'confirm');
        return link === undefined ? undefined : confirmText(host, link);
      }
      case 'reset': {
        const link = await linkTo('/auth/reset', user._id, 'reset');
        return link === undefined ? undefined : resetText(host, link);
      }
      case 'password-changed':
        return passwordChangedText(host, `${site}/auth/forgotten`);
      case 'receipt':
        return receiptText(topic.order, `${site}/orders/${topic.order.id}`);
      case 'sold':
        return soldText(topic.order, `${site}/tickets/${topic.order.ticketId}`);
    }
  }

  return async (topic) => {
    const user = await readerOf(topic);
    const text = user && (await letterOn(topic, user));
    return text ? { ...text, to: user.email } : undefined;
  };
}

const lines = (...paragraphs: string[]): string => `${paragraphs.join('\n\n')}\n`;

const confirmText = (host: string, link: string): Text => ({
  subject: 'Confirm your email address',
  text: lines(
    `To confirm that this is the email address of your account at ${host}, open this link:`,
    link,
    `It works once, for ${LINK_MINUTES} minutes. You can have a new one sent from your account page.`,
    'If you don’t have an account there, you can ignore this email.',
  ),
});

const resetText = (host: string, link: string): Text => ({
  subject: 'Choose a new password',
  text: lines(
    `To choose a new password for your account at ${host}, open this link:`,
    link,
    `It works once, for ${LINK_MINUTES} minutes.`,
    'If you didn’t ask for this, you can ignore this email: your password stays the same.',
  ),
});

const passwordChangedText = (host: string, forgotten: string): Text => ({
  subject: 'Your password was changed',
  text: lines(
    `The password of your account at ${host} was changed, and you were signed out everywhere else.`,
    `If that wasn’t you, choose a new password now: ${forgotten}`,
  ),
});

const receiptText = ({ id, title, price }: MailedOrder, page: string): Text => ({
  subject: `Your ticket: ${title}`,
  text: lines(
    'Payment complete. The ticket is yours.',
    [`Ticket: ${title}`, `Total paid: ${amountText(price)}`, `Order: ${id}`].join('\n'),
    `Find your ticket and this order here: ${page}`,
  ),
});

const soldText = ({ title, price }: MailedOrder, page: string): Text => ({
  subject: `Sold: ${title}`,
  text: lines(
    'Your ticket was sold.',
    [`Ticket: ${title}`, `Price: ${amountText(price)}`].join('\n'),
    `If you haven’t added the ticket itself yet, your buyer is waiting for it: ${page}`,
  ),
});
