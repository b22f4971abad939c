/** Ids of the checks and conditions that the driver answers and the procedure asks for, and the limits both judge by. */
export const checkIds = [
  /** The member does now what `expect` says: `leader` or `follower`. */
  'role-is',
  /** It answers a read that a quorum agreed to, and is a started voter. */
  'in-service',
  /** The member named by `expect` answers such a read, follows the same leader and has applied nearly what this one has. */
  'member-in-service',
  /** Every other member does so: when this one is stopped, no other one is missing. */
  'peers-healthy',
  /** The same, unless this one does not serve itself: then nobody more is missing when it is stopped. */
  'peers-healthy-if-serving',
  /** It has applied nearly all that the leader has written. */
  'caught-up',
  /** No alarm is raised in the whole cluster (NOSPACE, CORRUPT). */
  'no-alarm',
  'no-learner',
  /** The running server reports the version named by `expect`. */
  'version-is',
  /** The activated release folder is the one named by `expect`. */
  'release-is',
  /** The cluster has settled on the minor named by `expect`. */
  'cluster-version-is',
  /** The cluster's minor is not above the one named by `expect`: a server of that minor would still start. */
  'cluster-version-at-most',
  /** The files of this member are of the minor named by `expect`. Before 3.6 they are of the cluster's minor. */
  'storage-version-is',
  /** No downgrade is under way. */
  'no-downgrade',
  /** The release named by `expect` knows every flag that the running server was started with. */
  'flags-known',
  /** Nothing is in the v2 store, which 3.6 and newer do not carry on. */
  'no-v2-content',
  /** Its log holds nothing in the form of 3.5 that a server of 3.7 would read at its start. */
  'no-v2-entries',
  /** All members have the same data at the same revision. */
  'data-agrees',
] as const;
export type CheckId = (typeof checkIds)[number];

/** A member that has applied so many entries less than another one has not caught up. */
export const maxLagEntries = 100;
