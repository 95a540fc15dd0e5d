import type { Aggregate } from './aggregate.ts';
import type { Stored } from './collection.ts';

/** The lease on a task that one instance of a service runs for all. Its version is the heartbeat. */
export interface LeaseDocument extends Stored {
  /** The instance that holds the lease; absent when it was released. */
  holder?: string | undefined;
}

/** A candidate takes over after this many checks without a new heartbeat. */
const MISSED_HEARTBEATS = 3;

/** A lease as one instance sees it. */
export interface Lease {
  /** Renews this instance's lease, or acquires one that is free or expired. Resolves to whether this instance holds it. */
  acquireOrRenew(): Promise<boolean>;
  /** Lets another instance acquire the lease at once. */
  release(): Promise<void>;
}

/**
 * Creates a lease on a task, kept by heartbeats; no clocks are compared. For a moment two instances may hold it, or none, so it is
 * only for work that may run twice.
 */
export function createLease(leases: Aggregate<LeaseDocument>, task: string, instance: string): Lease {
  let lastSeen: number | undefined;
  let unchanged = 0;
  const heldBy = (holder: string | undefined, version: number) => ({
    next: { _id: task, version, holder },
    events: [],
  });

  return {
    async acquireOrRenew() {
      const lease = await leases.find(task);
      if (lease === null) return leases.insert(heldBy(instance, 0).next, [], new Date());
      unchanged = lease.version === lastSeen ? unchanged + 1 : 0;
      lastSeen = lease.version;
      const isFree = lease.holder === undefined || unchanged >= MISSED_HEARTBEATS;
      if (lease.holder !== instance && !isFree) return false;
      return leases.save(lease, heldBy(instance, lease.version + 1), new Date());
    },
    async release() {
      const lease = await leases.find(task);
      if (lease?.holder === instance) await leases.save(lease, heldBy(undefined, lease.version + 1), new Date());
    },
  };
}
