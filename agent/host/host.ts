/**
 * The machine as the agent may touch it. Everything that changes or reads the host goes through this port; tests and the simulator
 * give a twin. Methods throw FailureError for the world's faults; remedy `retry` says that asking again soon makes sense.
 */
import type { DriverHost } from '../../common/engine.ts';
import type { Space } from '../../common/facts.ts';

export interface UnitState {
  readonly active: boolean;
  /** A new one at every start; null: never started in this boot. */
  readonly invocationId: string | null;
  readonly pid: number | null;
}

/** Whoever runs the database: systemd, or the demo's supervisor. Never the agent itself. */
export interface Units {
  /** Identity of this boot of the host. */
  bootId(): Promise<string>;
  unitState(unit: string): Promise<UnitState>;
  /**
   * Resolves when the unit was started or is active already; goes through the unit's hold, as nobody else's start does. Throws
   * `exited-at-once`, `unknown-unit`, `units-unreachable`, and `held` when the hold's pass is not taken.
   */
  startUnit(unit: string, timeoutMs: number): Promise<void>;
  /** Asks the unit to stop and resolves when it is gone. Throws `stop-timeout`; nothing is ever killed. */
  stopUnit(unit: string, timeoutMs: number): Promise<void>;
  /** Whether a hold could be taken and whoever runs the unit would honour it. Throws `no-start-fence` (refused), which says what to install. */
  proveStartFence(unit: string): Promise<void>;
  /** From now on nobody but this agent starts the unit, reboots included (P16). Durable before it returns; done when it is held. Throws `no-start-fence`. */
  holdUnit(unit: string): Promise<void>;
  /** Everybody may start the unit again; done when it is not held. */
  letGoUnit(unit: string): Promise<void>;
  /** Names of the units that are held. */
  heldUnits(): Promise<readonly string[]>;
}

export interface ReleasesSeen {
  /** Complete release that the link `current` leads to; null: no link, or it leads to nothing complete. */
  readonly current: string | null;
  /** Complete release that was current before and is kept for the way back; null: none. */
  readonly previous: string | null;
  /** All complete ones, by name. */
  readonly installed: readonly string[];
}

/** A download that can be interrupted and taken up again. */
export interface PartialFile {
  /** Bytes that are here already. */
  readonly offset: number;
  /** Throws `space-short` when the disk is full. */
  write(piece: Uint8Array): Promise<void>;
  /** Flushes and closes; what is here stays for the next time. */
  close(): Promise<{ readonly sizeBytes: number; readonly digest: string }>;
}

/** The releases folder of an instance. Names of releases and digests were checked before they come here. */
export interface Releases {
  releasesSeen(releasesDir: string): Promise<ReleasesSeen>;
  /** Folder of a release, for looking at it. */
  releasePath(releasesDir: string, release: string): string;
  /**
   * Before the first order ever: the release that a person installed and made current counts as complete. Everything that comes
   * later is complete only by its mark.
   */
  adoptCurrent(releasesDir: string): Promise<void>;
  /** Makes `current` lead to this complete release, atomically and durably, and remembers which is the way back. Throws `release-incomplete`. */
  activateRelease(releasesDir: string, release: string, previous: string | null): Promise<void>;
  /** Removes a release that is not current; done when there is none. */
  removeRelease(releasesDir: string, release: string): Promise<void>;
  openPartial(releasesDir: string, digest: string): Promise<PartialFile>;
  dropPartial(releasesDir: string, digest: string): Promise<void>;
  /** Unpacks verified downloads, in order, into a folder beside the final place and returns it. Throws `bad-archive`, `space-short`. */
  unpackRelease(releasesDir: string, release: string, digests: readonly string[]): Promise<string>;
  dropUnpacked(releasesDir: string, release: string): Promise<void>;
  /** Marks the unpacked folder complete with the bundle's digest, makes it durable and moves it to its place. */
  completeRelease(releasesDir: string, release: string, bundleDigest: string): Promise<void>;
  /** Digest in the completeness mark; null: not there or not complete. */
  bundleDigestOf(releasesDir: string, release: string): Promise<string | null>;
}

export interface HostFacts {
  /** `debian:12`; `unknown` when it cannot be told. */
  readonly os: string;
  readonly arch: string;
}

export interface Host extends DriverHost, Units, Releases {
  hostFacts(): Promise<HostFacts>;
  space(path: string): Promise<Space>;
}
