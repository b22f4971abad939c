/** What people ask of releases: bring one in, list them, read them all again. */
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { Clock } from '../../common/clock.ts';
import type { ReleaseDocument, ReleaseListDocument, ReleaseVerificationDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail } from '../../common/failure.ts';
import type { Artifact } from '../../common/orders.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import type { Inventory } from '../fleet/inventory.ts';
import type { ReleaseRecord, Store } from '../store/store.ts';
import { type ArtifactStore, type Incoming, measureArchive } from './artifact-store.ts';
import { ambiguous } from './known-run.ts';

export interface ReleaseParts {
  readonly store: Store;
  readonly fleet: Pick<Inventory, 'announcedClusters' | 'host' | 'nodes'>;
  readonly artifacts: ArtifactStore;
  readonly schemes: ReadonlyMap<string, VersionScheme>;
  readonly clock: Clock;
}

/** What an admin says of a release, before its bytes. */
export interface ReleaseDescription {
  readonly engine: string;
  readonly version: string;
  readonly arch: 'x64' | 'arm64';
  readonly artifacts: readonly {
    readonly role: Artifact['role'];
    readonly digest: string;
    readonly sizeBytes: number;
    readonly fileName: string;
  }[];
}

export interface ReleaseOperations {
  /** Whether an artifact is of a release that an instance of this host could run: of no other does its agent read a byte (P12). */
  isForHost(digest: string, host: string): Promise<boolean>;
  /** The bytes of the description's artifacts, one after the other. Nothing is stored unless size, digest and content are right. */
  addRelease(description: ReleaseDescription, content: AsyncIterable<Uint8Array>, actor: string): Promise<ReleaseDocument & Versioned>;
  /** A page, by engine and by when they were added; `nextAfter` empty: nothing after it. */
  listReleases(asked: ReleasesAsked): Promise<{ readonly releases: ReleaseListDocument; readonly nextAfter: string }>;
  verifyReleases(engine: string): Promise<ReleaseVerificationDocument>;
  /** Named by version, id or the beginning of its id. FailureError: (not-found, `unknown-release`), (usage, `ambiguous-id`), (refused, `release-in-use`). */
  removeRelease(asked: Removal, actor: string): Promise<ReleaseDocument & Versioned>;
}

export interface ReleasesAsked {
  /** Empty: all engines. */
  readonly engine: string;
  /** null: whichever. */
  readonly version: string | null;
  /** `nextAfter` of the page before; empty: from the first. */
  readonly after: string;
  /** 0: as many as one page takes. */
  readonly pageSize: number;
}

export interface Removal {
  readonly engine: string;
  readonly release: string;
  /** Empty: whichever it is there for. */
  readonly arch: string;
  readonly reason: string;
}

export function createReleaseOperations(parts: ReleaseParts): ReleaseOperations {
  const { store, artifacts } = parts;
  return {
    async addRelease(description, content, actor) {
      const version = knownVersion(parts.schemes, description);
      const named = { ...description, version };
      const release = releaseName(named);
      await refuseOtherBytes(store, named, release);
      const received = await receiveAll(artifacts, named, content);
      try {
        const measured: Artifact[] = [];
        for (const [index, file] of received.entries()) measured.push(await measuredArtifact(named, index, file));
        for (const [index, file] of received.entries()) await artifacts.keep(file.path, measured[index]?.digest ?? '');
        const record = recordOf(named, release, measured, parts.clock.wallMs(), actor);
        await store.addRelease(record);
        const [stored] = (await store.releases(record.engine)).filter((each) => each.release === release && each.arch === record.arch);
        return { apiVersion: 'drydock/v1', ...releaseDocument(stored ?? record) };
      } catch (error) {
        for (const file of received) await file.discard().catch(() => {});
        throw error;
      }
    },
    async isForHost(digest, host) {
      const engines = new Set(parts.fleet.host(host)?.instances.map(({ engine }) => engine));
      const records = await Promise.all([...engines].map((engine) => store.releases(engine)));
      return records.flat().some((record) => record.artifacts.some((artifact) => artifact.digest === digest));
    },
    async listReleases({ engine, version, after, pageSize }) {
      if (engine !== '') knownScheme(parts.schemes, engine);
      const records = (await store.releases(engine === '' ? null : engine)).filter((each) => version === null || each.version === version);
      const begin = after === '' ? 0 : records.findIndex((record) => markOf(record) === after) + 1;
      const page = records.slice(begin, begin + (pageSize === 0 ? mostOnPage : Math.min(pageSize, mostOnPage)));
      const last = page.at(-1);
      const nextAfter = last === undefined || last === records.at(-1) ? '' : markOf(last);
      return { releases: { apiVersion: 'drydock/v1', releases: page.map(releaseDocument) }, nextAfter };
    },
    async removeRelease(asked, actor) {
      const record = releaseNamed(await store.releases(asked.engine), asked);
      refuseUsedByNode(parts.fleet, record);
      await store.removeRelease(record, parts.clock.wallMs(), actor, asked.reason);
      // The same bytes may be part of another release.
      const kept = new Set((await store.releases(null)).flatMap(({ artifacts: of }) => of.map(({ digest }) => digest)));
      for (const { digest } of record.artifacts) if (!kept.has(digest)) await artifacts.remove(digest);
      return { apiVersion: 'drydock/v1', ...releaseDocument(record) };
    },
    async verifyReleases(engine) {
      const checked: ReleaseVerificationDocument['artifacts'][number][] = [];
      for (const record of await store.releases(engine === '' ? null : engine)) {
        for (const { digest, sizeBytes } of record.artifacts) {
          const wrong = await artifacts.verify(digest, sizeBytes);
          checked.push({ engine: record.engine, version: record.version, digest, ok: wrong === null, detail: wrong ?? '' });
        }
      }
      return { apiVersion: 'drydock/v1', ok: checked.every(({ ok }) => ok), artifacts: checked };
    },
  };
}

/** Each has a few files with a name and a digest. */
const mostOnPage = 200;

const markOf = ({ engine, version, arch }: ReleaseRecord): string => `${engine} ${version} ${arch}`;

/** FailureError(not-found, `unknown-engine`). */
function knownScheme(schemes: ReadonlyMap<string, VersionScheme>, engine: string): VersionScheme {
  const scheme = schemes.get(engine);
  if (scheme !== undefined) return scheme;
  throw fail('not-found', 'unknown-engine', `unknown engine ${engine}; known engines: ${[...schemes.keys()].sort().join(', ')}`);
}

function knownVersion(schemes: ReadonlyMap<string, VersionScheme>, { engine, version }: ReleaseDescription): string {
  const scheme = knownScheme(schemes, engine);
  const canonical = scheme.parse(version);
  if (canonical === null) throw fail('usage', 'bad-version', `${JSON.stringify(version)} is not a valid version of ${engine}`);
  return canonical;
}

function releaseNamed(records: readonly ReleaseRecord[], { engine, release: named, arch }: Removal): ReleaseRecord {
  const ofArch = records.filter((record) => arch === '' || record.arch === arch);
  const exact = ofArch.filter(({ version, release }) => version === named || release === named);
  const found = exact.length > 0 ? exact : ofArch.filter(({ release }) => release.startsWith(named));
  const [record] = found;
  if (record === undefined)
    throw fail(
      'not-found',
      'unknown-release',
      `release ${engine} ${named}${arch === '' ? '' : ` ${arch}`} not found; drydock release list ${engine} shows all`,
    );
  if (found.length === 1) return record;
  throw ambiguous(
    'release',
    named,
    found.map((each) => `${each.release} ${each.arch}`),
  );
}

/** By what is known of every node, also of those that are away now. The id of a release is made of its engine, too. */
function refuseUsedByNode(fleet: ReleaseParts['fleet'], { engine, version, release, arch }: ReleaseRecord): void {
  for (const cluster of fleet.announcedClusters()) {
    const user = fleet
      .nodes(cluster)
      .find(({ facts, arch: on }) => on === arch && (facts?.release.current === release || facts?.release.previous === release));
    if (user === undefined) continue;
    const how = user.facts?.release.current === release ? 'runs it' : 'keeps it to roll back to';
    throw fail(
      'refused',
      'release-in-use',
      `release ${engine} ${version} (${release}) was not removed: ${user.instance} of ${cluster} ${how}`,
    );
  }
}

/** Folder name on the hosts: the version for people, the digest for certainty. */
function releaseName({ engine, version, arch, artifacts }: ReleaseDescription): string {
  const digest = sha256Of(
    canonicalJson({ engine, version, arch, artifacts: artifacts.map(({ role, digest: of }) => ({ role, digest: of })) }),
  );
  return `${version}-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

/** Asked before the bytes travel; the store asks again when it writes. */
async function refuseOtherBytes(store: Store, { engine, version, arch }: ReleaseDescription, release: string): Promise<void> {
  const before = (await store.releases(engine)).find((record) => record.version === version && record.arch === arch);
  if (before === undefined || before.release === release) return;
  throw fail(
    'refused',
    'release-differs',
    `release ${engine} ${version} ${arch} is already stored with different content (${before.release}); nothing was changed: give the new build its own version`,
  );
}

/** Cuts the stream into the files that the description announced. */
async function receiveAll(
  artifacts: ArtifactStore,
  description: ReleaseDescription,
  content: AsyncIterable<Uint8Array>,
): Promise<readonly Incoming[]> {
  const wanted = description.artifacts;
  const total = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const files: Incoming[] = [];
  let received = 0;
  try {
    for (const { sizeBytes } of wanted) files.push(await artifacts.receive(sizeBytes));
    const ends = wanted.map((_, index) => wanted.slice(0, index + 1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    for await (const piece of content) {
      if (received + piece.length > total) throw sizeDiffers(description, `received more than the announced ${total} bytes`);
      for (let at = 0; at < piece.length; ) {
        const index = ends.findIndex((end) => received < end);
        const share = piece.subarray(at, at + Math.min(piece.length - at, (ends[index] ?? total) - received));
        await files[index]?.write(share);
        at += share.length;
        received += share.length;
      }
    }
    if (received < total) throw sizeDiffers(description, `received ${received} of the announced ${total} bytes`);
    for (const [index, file] of files.entries()) await assertDigest(description, index, await file.finish());
    return files;
  } catch (error) {
    for (const file of files) await file.discard().catch(() => {});
    throw error;
  }
}

async function assertDigest({ engine, version, artifacts }: ReleaseDescription, index: number, found: string): Promise<void> {
  const wanted = artifacts[index];
  if (wanted === undefined || found === wanted.digest) return;
  throw fail(
    'refused',
    'digest-mismatch',
    `release ${engine} ${version} refused: the digest of ${wanted.fileName} is ${found}, expected ${wanted.digest}; nothing was stored, upload the file again`,
  );
}

function sizeDiffers({ engine, version }: ReleaseDescription, what: string): Error {
  return fail('refused', 'size-mismatch', `release ${engine} ${version} refused: ${what}; nothing was stored, upload it again`, {
    remedy: 'retry',
  });
}

async function measuredArtifact({ artifacts }: ReleaseDescription, index: number, file: Incoming): Promise<Artifact> {
  const described = artifacts[index];
  if (described === undefined) throw new TypeError('more files than artifacts');
  const { role, digest, sizeBytes, fileName } = described;
  return { role, digest, sizeBytes, ...(await measureArchive(file.path, fileName)) };
}

function recordOf(
  { engine, version, arch, artifacts }: ReleaseDescription,
  release: string,
  measured: readonly Artifact[],
  addedAtMs: number,
  actor: string,
): ReleaseRecord {
  return { engine, version, arch, release, artifacts: measured, addedAtMs, actor, fileNames: artifacts.map(({ fileName }) => fileName) };
}

function releaseDocument(record: ReleaseRecord): ReleaseDocument {
  const { engine, version, arch, release } = record;
  return {
    engine,
    version,
    arch,
    release,
    addedAt: new Date(record.addedAtMs).toISOString(),
    addedBy: record.actor,
    artifacts: record.artifacts.map(({ role, digest, sizeBytes }, index) => ({
      role,
      fileName: record.fileNames[index] ?? '',
      digest,
      sizeBytes,
    })),
  };
}
