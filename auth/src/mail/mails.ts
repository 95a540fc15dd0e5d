import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { batchedWriter, ownFilter } from '@ticketing/core/mongo';
import { describeError } from '@ticketing/runtime';
import type { Logger, every as everyInterval } from '@ticketing/runtime';
import type { Mail, MailModel, MailTopic } from '../models/mail.ts';
import { mails } from './metrics.ts';
import { MAX_CONNECTIONS, SEND_LIMIT_MS, isRefusedForGood } from './transport.ts';
import type { Letter, SendLetter } from './transport.ts';

/** The mails of auth, in its own store: added by use cases, sent by a sweep. */
export interface Mails {
  /** Adds a mail to send. Does nothing when there is, or was, a mail with this key. */
  add(key: string, topic: MailTopic, options?: { forgetAfterMs?: number }): Promise<void>;
  /** Removes all mails about a user, and the records of those that were given up. */
  forget(userId: string): Promise<void>;
  /** Sends the mails that are due; begins with none after the signal. Throws when the store is unavailable. */
  sendDue(stopping?: AbortSignal): Promise<void>;
}

/** Writes a letter on a topic; undefined when there is nobody to send it to. */
export type WriteLetter = (topic: MailTopic) => Promise<Letter | undefined>;

export const MAX_TRIES = 10;
/** The waits between the tries add up to about four hours. */
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Longer than a try takes: until then no other one begins, here or in another instance. */
const LEASE_MS = 120_000;
/** A mail that was claimed begins within this time, or is handed back. The rest is for the letter, the mail server and the last write. */
const BEGIN_WITHIN_MS = LEASE_MS - SEND_LIMIT_MS - 10_000;
/** Mails that are claimed in one command. */
const CLAIMED_AT_ONCE = 20;

type Due = Mail & Required<Pick<Mail, 'dueAt'>>;

/**
 * Creates the mails over their collection. A claim moves the time at which a mail is due beyond the end of its try: the lease.
 * So a mail is lost by no crash, and sent twice only when a process dies, or its store fails, between the mail server's answer and the
 * next write; both then have the same Message-ID.
 *
 * A command costs many times what a document in it does, so mails are claimed by the batch, and those that are added or end at the same
 * time are written in one command.
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
  const writer = batchedWriter(model);
  const inMs = (ms: number) => new Date(now().getTime() + ms).toISOString();

  const findDue = (): Promise<Due[]> =>
    model
      .find(ownFilter({ dueAt: { $lte: now().toISOString() } }))
      .sort({ dueAt: 1 })
      .limit(CLAIMED_AT_ONCE)
      .lean<Due[]>()
      .exec();

  /** Claims a mail; undefined when it has changed since it was found. */
  async function claim({ _id, tries, dueAt, ...mail }: Due): Promise<Mail | undefined> {
    const change = { $set: { dueAt: inMs(LEASE_MS), tries: tries + 1 } };
    // With the index of ids, since many mails have the same `dueAt`.
    const isClaimed = await writer.update({ _id, tries, dueAt }, change, { hint: { _id: 1 } });
    return isClaimed ? { ...mail, _id, tries: tries + 1 } : undefined;
  }

  // Only the latest try changes a mail: an earlier one may have outlasted its lease.
  const finish = ({ _id, tries }: Mail, change: object) => writer.update({ _id, tries }, change);

  /** Leaves a mail that was claimed and not begun to the next sweep, here or in another instance. That was no try. */
  const handBack = (mail: Mail) => finish(mail, { $set: { dueAt: now().toISOString() }, $inc: { tries: -1 } });

  /** Writes and sends a letter. Resolves to false when there is nobody to send it to. */
  async function deliver(key: string, topic: MailTopic): Promise<boolean> {
    const letter = await write(topic);
    if (letter) await send({ ...letter, id: createHash('sha256').update(key).digest('hex').slice(0, 40) });
    return letter !== undefined;
  }

  async function attempt(mail: Mail): Promise<void> {
    const { _id, topic } = mail;
    const kind = topic?.kind ?? 'unknown';
    let isSent: boolean;
    try {
      isSent = topic !== undefined && (await deliver(_id, topic));
    } catch (error) {
      await fail(mail, kind, error);
      return;
    }
    await finish(mail, { $set: { sentAt: now().toISOString() }, $unset: { topic: 1, dueAt: 1, error: 1 } });
    mails.inc({ kind, outcome: isSent ? 'sent' : 'dropped' });
  }

  async function fail(mail: Mail, kind: string, error: unknown): Promise<void> {
    const { _id: key, tries } = mail;
    const fields = { err: error, kind, key, tries };
    if (tries < MAX_TRIES && !isRefusedForGood(error)) {
      const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 3 ** (tries - 1));
      await finish(mail, { $set: { dueAt: inMs(waitMs), error: describeError(error) } });
      mails.inc({ kind, outcome: 'failed' });
      log.warn(fields, 'a mail could not be sent; trying again later');
    } else {
      await finish(mail, { $set: { deadAt: now().toISOString(), error: describeError(error) }, $unset: { dueAt: 1 } });
      mails.inc({ kind, outcome: 'dead' });
      log.error(fields, 'a mail could not be sent and is given up');
    }
  }

  /** Sends mails that were claimed, each connection one after another, and hands back those whose turn does not come in time. */
  async function sendClaimed(claimed: Mail[], beginBy: number, stopping?: AbortSignal): Promise<void> {
    async function sendInTurn(): Promise<void> {
      while (stopping?.aborted !== true && now().getTime() < beginBy) {
        const mail = claimed.shift();
        if (mail === undefined) return;
        await attempt(mail);
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: MAX_CONNECTIONS }, sendInTurn));
    await Promise.all(claimed.map(handBack));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  return {
    async add(key, topic, { forgetAfterMs } = {}) {
      const mail: Mail = {
        ...{ _id: key, topic, tries: 0, dueAt: now().toISOString() },
        ...(forgetAfterMs !== undefined && { forgetAt: new Date(now().getTime() + forgetAfterMs) }),
      };
      await writer.insert(mail);
    },
    async forget(userId) {
      await model.deleteMany({ 'topic.userId': userId });
    },
    async sendDue(stopping) {
      while (stopping?.aborted !== true) {
        const beginBy = now().getTime() + BEGIN_WITHIN_MS;
        const due = await findDue();
        const claimed = await Promise.all(due.map(claim));
        await sendClaimed(
          claimed.filter((mail) => mail !== undefined),
          beginBy,
          stopping,
        );
        if (due.length < CLAIMED_AT_ONCE) return;
      }
    },
  };
}

const SWEEP_EVERY_MS = 1000;
/** Less than the time that a process has to stop. A mail that takes longer is tried again when its lease has ended. */
const STOP_LIMIT_MS = 3000;

/** Sends the mails that are due, again and again, until stopped. */
export function mailTask(mails: Mails, log: Logger, every: typeof everyInterval): { stop: () => Promise<unknown> } {
  const stopping = new AbortController();
  const sweep = () => mails.sendDue(stopping.signal);
  const sweeping = every(SWEEP_EVERY_MS, sweep, log, 'mails could not be swept; trying again');
  return {
    stop() {
      stopping.abort();
      return Promise.race([sweeping.stop(), delay(STOP_LIMIT_MS, undefined, { ref: false })]);
    },
  };
}
