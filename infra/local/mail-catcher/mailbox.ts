import PostalMime from 'postal-mime';

/** A mail as it has arrived. */
export interface CaughtMail {
  id: number;
  at: string;
  to: string[];
  from: string;
  subject: string;
  text: string;
  messageId: string;
}

/** The mails that have arrived last, in memory. */
export interface Mailbox {
  /** Adds a mail, and drops the oldest for one too many. Throws when it can't be parsed. */
  add(raw: Buffer, to: string[]): Promise<void>;
  /** The mails to an address, or all, the latest first. */
  list(to?: string): CaughtMail[];
  find(id: number): CaughtMail | undefined;
}

/** Creates an empty mailbox for up to `size` mails. */
export function createMailbox(size = 200): Mailbox {
  const mails: CaughtMail[] = [];
  let last = 0;
  return {
    async add(raw, to) {
      const { from, subject = '', text = '', messageId = '' } = await PostalMime.parse(raw);
      const at = new Date().toISOString();
      mails.unshift({ id: ++last, at, to, from: from?.address ?? '', subject, text, messageId });
      mails.length = Math.min(mails.length, size);
    },
    list: (to) => mails.filter((mail) => to === undefined || mail.to.includes(to)),
    find: (id) => mails.find((mail) => mail.id === id),
  };
}
