import type { Connection } from 'mongoose';

/** What MongoDB's profiler records of an operation that reads by a plan. */
interface Profiled {
  op: string;
  command: object;
  planSummary: string;
  docsExamined: number;
  keysExamined: number;
  nreturned?: number;
  hasSortStage?: boolean;
}

/** A query as the server executed it. */
export interface QueryPlan {
  /** The query, for a failure's message. */
  query: string;
  plan: string;
  sorts: boolean;
  keysExamined: number;
  examined: number;
  returned: number;
}

/**
 * Runs `work` and resolves to the plans of all queries that the connection's database has executed for it. The profiler records
 * what `explain('executionStats')` would, for the queries as they are sent.
 */
export async function queryPlans(connection: Connection, work: () => Promise<unknown>): Promise<QueryPlan[]> {
  const { db } = connection;
  if (!db) throw new Error('not connected');
  await db.createCollection('system.profile', { capped: true, size: 64 * 1024 * 1024 });
  await db.command({ profile: 2 });
  try {
    await work();
  } finally {
    await db.command({ profile: 0 });
  }
  const recorded = await db
    .collection<Profiled>('system.profile')
    .find({ planSummary: { $exists: true }, ns: { $not: /system\.profile$/ } })
    .toArray();
  await db.dropCollection('system.profile');
  return recorded.map(({ op, command, planSummary, docsExamined, keysExamined, nreturned, hasSortStage }) => ({
    query: `${op} ${JSON.stringify(command).slice(0, 2000)}`,
    plan: planSummary,
    sorts: hasSortStage === true,
    keysExamined,
    examined: docsExamined,
    // A write examines the document that it changes.
    returned: nreturned ?? docsExamined,
  }));
}

/** The plans that scan a collection, sort in memory, or examine more than twice as many documents as they return. */
export const badPlans = (plans: QueryPlan[]): QueryPlan[] =>
  plans.filter(({ plan, sorts, examined, returned }) => plan.includes('COLLSCAN') || sorts || examined > 2 * returned);
