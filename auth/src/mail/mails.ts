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
  /** Adds the letters that a cause sends. Does nothing when this key was added before. */
  add(key: string, topics: MailTopic[], options?: { forgetAfterMs?: number }): Promise<void>;
  /** Removes all letters to a user, and the records of those that were given up. */
  forget(userId: string): Promise<void>;
  /** Sends what this instance has added, and what is due; begins with none after the signal. Throws when the store is unavailable. */
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
/** A try begins within this time of its claim, or not at all. The rest is for the letters, the mail server and the last write. */
const BEGIN_WITHIN_MS = LEASE_MS - SEND_LIMIT_MS - 10_000;
/** Mails that are claimed in one command. */
const CLAIMED_AT_ONCE = 20;
/** How many mails an instance adds as its own to send before it leaves more to whichever instance finds them. */
const MAX_OWN = 1000;

type Due = Mail & Required<Pick<Mail, 'dueAt'>>;

/** A mail that this instance is to try. */
interface Claimed extends Required<Pick<Mail, '_id' | 'topics' | 'tries'>> {
  beginBy: number;
}

interface Outcome {
  topic: MailTopic;
  /** Nobody to send the letter to is no failure. */
  outcome: 'sent' | 'dropped' | 'failed';
  error?: unknown;
}

/**
 * Creates the mails over their collection. Until `dueAt` a mail is its claimant's: the instance that has added it, and later each that
 * finds it due and moves `dueAt` beyond the end of its try. So a letter is lost by no crash, and sent twice only when a process dies,
 * or its store fails, between the mail server's answer and the next write; both then have the same Message-ID.
 *
 * A command costs many times what a document in it does, so mails that are added, claimed, or end at the same time are written in one.
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
  const beginBy = () => now().getTime() + BEGIN_WITHIN_MS;
  /** What this instance has added and not tried yet. */
  const own: Claimed[] = [];

  const findDue = (): Promise<Due[]> =>
    model
      .find(ownFilter({ dueAt: { $lte: now().toISOString() } }))
      .sort({ dueAt: 1 })
      .limit(CLAIMED_AT_ONCE)
      .lean<Due[]>()
      .exec();

  /** Claims a mail; undefined when it has changed since it was found. */
  async function claim({ _id, topic, topics = topic ? [topic] : [], tries, dueAt }: Due): Promise<Claimed | undefined> {
    const claimed = { _id, topics, tries: tries + 1, beginBy: beginBy() };
    const change = { $set: { dueAt: inMs(LEASE_MS), tries: claimed.tries } };
    // With the index of ids, since many mails have the same `dueAt`.
    return (await writer.update({ _id, tries, dueAt }, change, { hint: { _id: 1 } })) ? claimed : undefined;
  }

  // Only the latest try changes a mail: an earlier one may have outlasted its lease.
  const finish = ({ _id, tries }: Claimed, change: object) => writer.update({ _id, tries }, change);

  /** Leaves a mail that was claimed and not begun to the next sweep, here or in another instance. That was no try. */
  const handBack = (mail: Claimed) => finish(mail, { $set: { dueAt: now().toISOString() }, $inc: { tries: -1 } });

  /** Writes and sends a letter. */
  async function deliver(key: string, topic: MailTopic): Promise<Outcome> {
    try {
      const letter = await write(topic);
      if (letter === undefined) return { topic, outcome: 'dropped' };
      const id = createHash('sha256').update(`${key}:${topic.kind}`).digest('hex').slice(0, 40);
      await send({ ...letter, id });
      return { topic, outcome: 'sent' };
    } catch (error) {
      return { topic, outcome: 'failed', error };
    }
  }

  async function attempt(mail: Claimed): Promise<void> {
    const outcomes = await Promise.all(mail.topics.map((topic) => deliver(mail._id, topic)));
    const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
    if (failed.length === 0)
      await finish(mail, {
        $set: { sentAt: now().toISOString() },
        $unset: { topics: 1, topic: 1, dueAt: 1, error: 1 },
      });
    else await fail(mail, failed);
    for (const { topic, outcome } of outcomes) if (outcome !== 'failed') mails.inc({ kind: topic.kind, outcome });
  }

  /** Has the letters that failed tried again, or gives them up. */
  async function fail(mail: Claimed, failed: Outcome[]): Promise<void> {
    const { _id: key, tries } = mail;
    const isGivenUp = tries >= MAX_TRIES || failed.every(({ error }) => isRefusedForGood(error));
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 3 ** (tries - 1));
    const left = { topics: failed.map(({ topic }) => topic), error: describeError(failed[0]?.error) };
    await finish(
      mail,
      isGivenUp
        ? { $set: { ...left, deadAt: now().toISOString() }, $unset: { dueAt: 1 } }
        : { $set: { ...left, dueAt: inMs(waitMs) } },
    );
    for (const { topic, error } of failed) {
      const fields = { err: error, kind: topic.kind, key, tries };
      mails.inc({ kind: topic.kind, outcome: isGivenUp ? 'dead' : 'failed' });
      if (isGivenUp) log.error(fields, 'a mail could not be sent and is given up');
      else log.warn(fields, 'a mail could not be sent; trying again later');
    }
  }

  /** Sends mails, each connection one after another, and hands back those whose turn does not come in time. */
  async function sendClaimed(claimed: Claimed[], stopping?: AbortSignal): Promise<void> {
    async function sendInTurn(): Promise<void> {
      for (let mail = claimed.shift(); mail; mail = claimed.shift()) {
        const isLate = stopping?.aborted === true || now().getTime() >= mail.beginBy;
        await (isLate ? handBack(mail) : attempt(mail));
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: MAX_CONNECTIONS }, sendInTurn));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }

  return {
    async add(key, topics, { forgetAfterMs } = {}) {
      const isOwn = own.length < MAX_OWN;
      const mail = {
        ...{ _id: key, topics, tries: isOwn ? 1 : 0, dueAt: inMs(isOwn ? LEASE_MS : 0) },
        ...(forgetAfterMs !== undefined && { forgetAt: new Date(now().getTime() + forgetAfterMs) }),
      };
      const claimed = { _id: key, topics, tries: mail.tries, beginBy: beginBy() };
      if ((await writer.insert(mail)) && isOwn) own.push(claimed);
    },
    async forget(userId) {
      // The other reader of a sale still gets their letter.
      await model.deleteMany(ownFilter({ 'topics.userId': userId, topics: { $size: 1 } }));
      await model.updateMany({ 'topics.userId': userId }, { $pull: { topics: { userId } } });
    },
    async sendDue(stopping) {
      await sendClaimed(own, stopping);
      while (stopping?.aborted !== true) {
        const due = await findDue();
        const claimed = await Promise.all(due.map(claim));
        await sendClaimed(
          claimed.filter((mail) => mail !== undefined),
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
  async function stopped(): Promise<void> {
    await sweeping.stop();
    // What was added since the last sweep is left to other instances.
    await sweep().catch((error: unknown) => {
      log.debug({ err: error }, 'mails could not be handed back; they are due when their lease ends');
    });
  }
  return {
    stop() {
      stopping.abort();
      return Promise.race([stopped(), delay(STOP_LIMIT_MS, undefined, { ref: false })]);
    },
  };
}
