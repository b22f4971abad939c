/** Ids of the checks and conditions that the driver answers and the procedure asks for, and the limits both judge by. */
export const checkIds = [
  /** The member does now what `expect` says: `primary` or `standby`. */
  'role-is',
  /** Accepts sessions; a standby also replays what it streams. */
  'in-service',
  /** The member named by `expect` is in service as this node sees it. */
  'member-in-service',
  /** The member named by `expect`, which replays late on purpose, streams from here and has received nearly all of it. */
  'member-receives',
  /** Everything that streams from this node does so; a standby itself streams. */
  'replication-streaming',
  /**
   * Those that stream from this node have replayed nearly all of it, and received it where `expect` names them, separated by commas: they
   * replay late on purpose. A standby has replayed what it received.
   */
  'caught-up',
  /** Commits go on when the standby named by `expect` is out; without `expect`, whichever one standby is out. */
  'sync-satisfiable',
  'slots-sound',
  'no-backup-running',
  /** Every library that the databases load is in the release folder named by `expect`, or in the current one. */
  'extensions-present',
  'no-ha-manager',
  /** A standby's limits are not below those that its primary had when it wrote the WAL. */
  'settings-not-lower',
  /** A transaction commits, acknowledged as the cluster's settings ask. */
  'write-works',
  /** The running server reports the version named by `expect`. */
  'version-is',
  /** The activated release folder is the one named by `expect`. */
  'release-is',
  /** It could be made a standby: it knows how to log in at another member, and would follow onto new timelines. */
  'can-follow',
  /** What is read of it once it is stopped can be read: its control file, and its settings as its program reads them. */
  'readable-at-rest',
  /** It replayed beyond the stop that the token in `expect` tells of. */
  'has-replayed',
  /** Its WAL did not part from that of the others before the position that it is at: it can follow without a new copy of its data. */
  'needs-no-reseed',
  /** The WAL that it still has reaches back to the position named by `expect`: whoever is there can follow it from there on. */
  'wal-reaches-back',
  /** What its archiver has still to do is little, and it gets on with it: a fast stop waits until all of it is archived. */
  'archiver-keeps-up',
  /** No transaction, prepared ones too, is open for longer than `expect` says, in seconds; left out: five minutes. */
  'no-long-transactions',
  /** Everybody who receives WAL or changes from here has nearly all: a fast stop waits until they have everything. */
  'receivers-keep-up',
  /** It has no logical slot but those that standbys keep a copy of: nothing of them is lost with its role. */
  'logical-slots-kept',
  /** Stopped now, it would start again from the release folder named by `expect`: configuration, rights and the files that a start needs. */
  'can-start',
] as const;
export type CheckId = (typeof checkIds)[number];

/** A stop is not begun while more files than this wait for the archiver, or one for longer. */
export const maxReadyFiles = 8;
export const archiveMs = 30_000;
/** A transaction that is open for longer is not ended by a stop that could wait for it. */
export const longTransactionS = 300;

/** A standby further behind than this has not caught up: one WAL segment of the usual size. */
export const maxLagBytes = 16 * 1024 * 1024;
