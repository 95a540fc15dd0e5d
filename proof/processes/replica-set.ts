import { eventually } from '@ticketing/core/testing';
import { adminCommand, primaryOf } from '../../infra/local/replica-set.ts';
import type { ManagedProcess } from '../../scripts/stack/managed-process.ts';

/** Longer than a member waits, ten seconds, before it calls an election. */
const ELECTION_LIMIT_MS = 40_000;
/** How long a member that stepped down may not be elected again. */
const STEPPED_DOWN_SECONDS = 20;

/** The members of MongoDB's replica set, and which of them is the primary. */
export function replicaSet(members: readonly ManagedProcess[]) {
  const ports = members.map(({ port }) => port);

  /** Waits for a primary. Throws when there is none in time. */
  async function primary(): Promise<ManagedProcess> {
    const port = await eventually(
      () => primaryOf(ports),
      (one) => one !== undefined,
      ELECTION_LIMIT_MS,
    );
    const found = members.find((member) => member.port === port);
    if (!found) throw new Error(`No member of the replica set has port ${String(port)}.`);
    return found;
  }

  return {
    members,
    primary,
    /** All members but the primary: without them it has no majority. */
    async secondaries(): Promise<ManagedProcess[]> {
      const first = await primary();
      return members.filter((member) => member !== first);
    },
    /** Lets the primary hand over to another member, and resolves when that is the primary. */
    async stepDown(): Promise<void> {
      const { port } = await primary();
      await eventually(
        async () => {
          const one = await primaryOf(ports);
          // It refuses while no other member has caught up.
          if (one === port) await adminCommand(port, { replSetStepDown: STEPPED_DOWN_SECONDS }).catch(() => undefined);
          return one;
        },
        (one) => one !== undefined && one !== port,
        ELECTION_LIMIT_MS,
      );
    },
  };
}

export type ReplicaSet = ReturnType<typeof replicaSet>;
