import type { Connection } from 'mongoose';

interface Leader {
  _id: string;
  instance: string;
  /** Counts up for as long as the leader is there. */
  beat: number;
}

/** So many looks in a row at the same beat, and whoever looks takes the lead over. */
const SILENT_LOOKS = 3;

export interface Leadership {
  /** Whether this process leads now. Asked again and again: whoever stops asking loses the lead. */
  lead(): Promise<boolean>;
  /** Leaves the lead to whoever asks next. */
  resign(): Promise<void>;
}

/**
 * Elects one of a service's processes for a task that one can do for all. No clocks are compared. For a moment two may
 * lead, or none: only for what may be done twice.
 */
export function electLeader(connection: Connection, task: string, instance: string): Leadership {
  const leaders = connection.getClient().db(connection.name).collection<Leader>('leaders');
  let seen: { beat: number; looks: number } | undefined;

  async function succeed(): Promise<boolean> {
    const leader = await leaders.findOne({ _id: task });
    if (leader === null) {
      const begun = { $setOnInsert: { instance, beat: 0 } };
      return (await leaders.updateOne({ _id: task }, begun, { upsert: true })).upsertedCount === 1;
    }
    const { beat } = leader;
    seen = seen?.beat === beat ? { beat, looks: seen.looks + 1 } : { beat, looks: 1 };
    if (seen.looks <= SILENT_LOOKS) return false;
    return (await leaders.updateOne({ _id: task, beat }, { $set: { instance }, $inc: { beat: 1 } })).matchedCount === 1;
  }

  return {
    async lead() {
      const { matchedCount } = await leaders.updateOne({ _id: task, instance }, { $inc: { beat: 1 } });
      return matchedCount === 1 || succeed();
    },
    async resign() {
      await leaders.deleteOne({ _id: task, instance });
    },
  };
}
