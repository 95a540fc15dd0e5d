import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDuplicateKey } from '@ticketing/core';
import { ownFilter } from '@ticketing/core/mongo';
import { describeError } from '@ticketing/runtime';
import type { Logger, every as everyInterval } from '@ticketing/runtime';
import type { Mail, MailModel, MailTopic } from '../models/mail.ts';
import { mails } from './metrics.ts';
import { isRefusedForGood } from './transport.ts';
import type { Letter, SendLetter } from './transport.ts';

/** The mails of auth, in its own store: added by use cases, sent by a sweep. */
export interface Mails {
  /** Adds a mail to send. Does nothing when there is, or was, a mail with this key. */
  add(key: string, topic: MailTopic, options?: { forgetAfterMs?: number }): Promise<void>;
  /** Removes all mails about a user, and the records of those that were given up. */
  forget(userId: string): Promise<void>;
  /** Sends the mails that are due. Throws when the store is unavailable. */
  sendDue(): Promise<void>;
}

/** Writes a letter on a topic; undefined when there is nobody to send it to. */
export type WriteLetter = (topic: MailTopic) => Promise<Letter | undefined>;

export const MAX_TRIES = 10;
/** The waits between the tries add up to about four hours. */
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Longer than the transport takes: until then no other try begins, here or in another instance. */
const LEASE_MS = 120_000;
const AT_ONCE = 5;

/**
 * Creates the mails over their collection. A try moves the time at which a mail is due beyond its own end, in one write: the lease.
 * So a mail is lost by no crash, and sent twice only when a process dies between the mail server's answer and its own next write; both
 * then have the same Message-ID.
 */
export function createMails({
  model,
  write,
  send,
  now,
  log,
}: {
  model: MailModel;
  write: WriteLetter;
  send: SendLetter;
  now: () => Date;
  log: Logger;
}): Mails {
  const inMs = (ms: number) => new Date(now().getTime() + ms).toISOString();

  const claim = (): Promise<Mail | null> =>
    model
      .findOneAndUpdate(
        ownFilter({ dueAt: { $lte: now().toISOString() } }),
        { $set: { dueAt: inMs(LEASE_MS) }, $inc: { tries: 1 } },
        { sort: { dueAt: 1 }, returnDocument: 'after' },
      )
      .lean<Mail>()
      .exec();

  /** Writes and sends a letter. Resolves to false when there is nobody to send it to. */
  async function deliver(key: string, topic: MailTopic): Promise<boolean> {
    const letter = await write(topic);
    if (letter) await send({ ...letter, id: createHash('sha256').update(key).digest('hex').slice(0, 40) });
    return letter !== undefined;
  }

  async function attempt({ _id, topic, tries }: Mail): Promise<void> {
    // Only the latest try ends a mail: an earlier one may have outlasted its lease.
    const finish = (change: object) => model.updateOne({ _id, tries }, change);
    const kind = topic?.kind ?? 'unknown';
    try {
      const isSent = topic !== undefined && (await deliver(_id, topic));
      await finish({ $set: { sentAt: now().toISOString() }, $unset: { topic: 1, dueAt: 1, error: 1 } });
      mails.inc({ kind, outcome: isSent ? 'sent' : 'dropped' });
    } catch (error) {
      const fields = { err: error, kind, key: _id, tries };
      if (tries < MAX_TRIES && !isRefusedForGood(error)) {
        const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 3 ** (tries - 1));
        await finish({ $set: { dueAt: inMs(waitMs), error: describeError(error) } });
        mails.inc({ kind, outcome: 'failed' });
        log.warn(fields, 'a mail could not be sent; trying again later');
      } else {
        await finish({ $set: { deadAt: now().toISOString(), error: describeError(error) }, $unset: { dueAt: 1 } });
        mails.inc({ kind, outcome: 'dead' });
        log.error(fields, 'a mail could not be sent and is given up');
      }
    }
  }

  return {
    async add(key, topic, { forgetAfterMs } = {}) {
      const mail: Mail = {
        ...{ _id: key, topic, tries: 0, dueAt: now().toISOString() },
        ...(forgetAfterMs !== undefined && { forgetAt: new Date(now().getTime() + forgetAfterMs) }),
      };
      try {
        await model.create([mail]);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
    async forget(userId) {
      await model.deleteMany({ 'topic.userId': userId });
    },
    async sendDue() {
      for (;;) {
        const sending: Promise<void>[] = [];
        while (sending.length < AT_ONCE) {
          const mail = await claim();
          if (mail === null) break;
          sending.push(attempt(mail));
        }
        await Promise.all(sending);
        if (sending.length < AT_ONCE) return;
      }
    },
  };
}

const SWEEP_EVERY_MS = 1000;
/** Less than the time that a process has to stop. A mail that takes longer is tried again when its lease has ended. */
const STOP_LIMIT_MS = 3000;

/** Sends the mails that are due, again and again, until stopped. */
export function mailTask(mails: Mails, log: Logger, every: typeof everyInterval): { stop: () => Promise<unknown> } {
  const sweeping = every(SWEEP_EVERY_MS, () => mails.sendDue(), log, 'mails could not be swept; trying again');
  return { stop: () => Promise.race([sweeping.stop(), delay(STOP_LIMIT_MS, undefined, { ref: false })]) };
}
