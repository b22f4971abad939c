/**
 * Brings a release onto the host, ready to be activated: space, bytes, digest, unpacked, looked at, marked, moved into place. Nothing is
 * unpacked before it is verified, and nothing runs before it is complete (P6, P7). All of it happens while the database serves.
 */
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { pause } from '../../common/clock.ts';
import type { BundleInspection } from '../../common/driver.ts';
import type { Finding } from '../../common/facts.ts';
import { FailureError, fail, fitUnknown, toFailure } from '../../common/failure.ts';
import type { Artifact, Bundle, ConfigRevision } from '../../common/orders.ts';
import { contextOf } from '../facts/facts.ts';
import type { Reservation } from '../host/host.ts';
import { AgentStopped } from '../lifetime.ts';
import type { ArtifactSource } from '../link/controller-artifacts.ts';
import { type BodyOf, deadlinePassed, type Ending, leftMs, type OrderRun } from './order-run.ts';

const retryMs = 500;
/** A source that ends early this often in a row, without one more byte, has no more. */
const mostEmptyTries = 3;
/** Within one attempt; the controller orders the next one. */
const waitForDatabaseMs = 30_000;
const askAgainMs = 1_000;

export async function carryOutStage(run: OrderRun, body: BodyOf<'stage'>, artifacts: ArtifactSource): Promise<Ending> {
  // First, so that the release is looked at with the configuration that it will be started with.
  const config = await stageConfig(run, body);
  const ending = await stageRelease(run, body, artifacts);
  return { ...ending, findings: [...ending.findings, ...config] };
}

async function stageRelease(run: OrderRun, body: BodyOf<'stage'>, artifacts: ArtifactSource): Promise<Ending> {
  const { bundle } = body;
  const { instance, releasesDir } = run.instance.settings;
  const bundleDigest = sha256Of(canonicalJson(bundle));
  await checkFits(run, bundle);
  const staged = await run.host.bundleDigestOf(releasesDir, bundle.release);
  if (staged === bundleDigest) return { outcome: 'done', findings: [] };
  if (staged !== null)
    throw fail(
      'refused',
      'release-exists',
      `${instance}: a different release is installed as ${bundle.release} in ${releasesDir}; remove it by hand if nothing uses it`,
    );
  const reservation = await reserveSpace(run, body);
  try {
    for (const artifact of bundle.artifacts) await fetchArtifact(run, artifact, artifacts);
    const findings = await unpackAndInspect(run, body);
    await run.host.completeRelease(releasesDir, bundle.release, bundleDigest);
    for (const artifact of bundle.artifacts) await run.host.dropPartial(releasesDir, artifact.digest);
    return { outcome: 'done', findings };
  } finally {
    reservation.release();
  }
}

/** Long before the downtime: a file that is not what was planned, or that could not be replaced, is found out while every node serves. */
async function stageConfig(run: OrderRun, { config: revision }: BodyOf<'stage'>): Promise<readonly Finding[]> {
  if (revision === undefined) return [];
  const { settings, driver } = run.instance;
  if (driver.config === undefined)
    throw fail(
      'refused',
      'unknown-word',
      `${settings.instance}: this agent's driver for ${settings.engine} does not support configuration changes`,
    );
  return driver.config.stage(await contextOf(run, run.instance), revision);
}

async function checkFits(run: OrderRun, bundle: Bundle): Promise<void> {
  const { instance, engine } = run.instance.settings;
  if (bundle.engine !== engine)
    throw fail('refused', 'wrong-engine', `${instance}: release ${bundle.release} is for ${bundle.engine}, but the instance is ${engine}`);
  const { arch } = await run.host.hostFacts();
  if (bundle.arch !== arch)
    throw fail(
      'refused',
      'wrong-architecture',
      `${instance}: release ${bundle.release} is for ${bundle.arch}, but this host is ${arch}; add a release for ${arch}`,
    );
}

/** Before the first byte (P8). What an interrupted attempt brought already is not needed again. */
async function reserveSpace(run: OrderRun, body: BodyOf<'stage'>): Promise<Reservation> {
  const { instance, releasesDir } = run.instance.settings;
  let hereBytes = 0;
  for (const { digest } of body.bundle.artifacts) {
    const partial = await run.host.openPartial(releasesDir, digest);
    hereBytes += partial.offset;
    await partial.close();
  }
  return run.host.reserve(releasesDir, {
    what: `${instance}: staging ${body.bundle.release}`,
    bytes: Math.max(0, body.needBytes - hereBytes),
    inodes: body.needInodes,
    spare: false,
  });
}

/** Fetches until all is here and verified; interruptions are gone on from where they struck, as long as the deadline allows. */
async function fetchArtifact(run: OrderRun, artifact: Artifact, artifacts: ArtifactSource): Promise<void> {
  const { releasesDir } = run.instance.settings;
  for (let emptyTries = 0; ; ) {
    try {
      const outcome = await receive(run, artifact, artifacts);
      if (outcome === 'complete') return;
      emptyTries = outcome === 'some' ? 0 : emptyTries + 1;
      if (emptyTries === mostEmptyTries)
        throw fail(
          'failed',
          'truncated',
          `${nameOf(run)}: ${artifact.digest} ends before its ${artifact.sizeBytes} bytes; add the release again`,
        );
    } catch (thrown) {
      if (thrown instanceof AgentStopped) throw thrown;
      const trouble = toFailure(thrown);
      if (trouble.remedy !== 'retry') {
        // What ran out of time is worth keeping for the next attempt; what is wrong is not.
        if (trouble.code !== 'deadline-passed') await run.host.dropPartial(releasesDir, artifact.digest);
        throw new FailureError(trouble);
      }
    }
    if (leftMs(run) <= 0) throw deadlinePassed(run, `fetching ${artifact.digest}`);
    await pause(run.clock, retryMs, run.signal);
  }
}

const nameOf = (run: OrderRun) => run.instance.settings.instance;

/** One reading from the source: all is here and is what was asked for, some more is here, or nothing came. */
async function receive(run: OrderRun, artifact: Artifact, artifacts: ArtifactSource): Promise<'complete' | 'some' | 'nothing'> {
  const { digest, sizeBytes } = artifact;
  const partial = await run.host.openPartial(run.instance.settings.releasesDir, digest);
  let hereBytes = partial.offset;
  let result: { readonly digest: string };
  try {
    if (hereBytes < sizeBytes)
      for await (const piece of artifacts.read(digest, hereBytes)) {
        if (leftMs(run) <= 0) throw deadlinePassed(run, `fetching ${digest}`);
        hereBytes += piece.length;
        if (hereBytes > sizeBytes)
          throw fail(
            'refused',
            'digest-mismatch',
            `${nameOf(run)}: received more than ${sizeBytes} bytes for ${digest}; they were removed, add the release again`,
          );
        await partial.write(piece);
        run.progress('fetch', hereBytes / sizeBytes, `${hereBytes} of ${sizeBytes} bytes`);
      }
  } finally {
    result = await partial.close();
  }
  if (hereBytes < sizeBytes) return hereBytes > partial.offset ? 'some' : 'nothing';
  if (hereBytes === sizeBytes && result.digest === digest) return 'complete';
  throw fail(
    'refused',
    'digest-mismatch',
    `${nameOf(run)}: received ${result.digest} (${hereBytes} bytes) instead of ${digest} (${sizeBytes} bytes); it was removed, add the release again`,
  );
}

/**
 * Dry run on the unpacked release, beside its final place. What does not fit is removed and refused; where that is unknown because the database
 * does not answer, what was fetched stays for the next attempt.
 */
async function unpackAndInspect(run: OrderRun, { bundle, config }: BodyOf<'stage'>): Promise<readonly Finding[]> {
  const { releasesDir, instance } = run.instance.settings;
  let keepsFetched = false;
  try {
    const folder = await run.host.unpackRelease(
      releasesDir,
      bundle.release,
      bundle.artifacts.map(({ digest }) => digest),
    );
    const { version, findings } = await inspected(run, bundle, folder, config);
    const [unfit] = unfitIn(findings);
    const [unknown] = findings.filter(({ ok }) => ok === null);
    if (unfit === undefined && unknown !== undefined) {
      keepsFetched = true;
      throw fail(
        'failed',
        fitUnknown,
        `${instance}: could not check whether release ${bundle.release} fits this host: ${unknown.check}: ${unknown.detail}`,
        { remedy: 'retry' },
      );
    }
    if (unfit !== undefined)
      throw fail(
        'refused',
        'release-unfit',
        `${instance}: release ${bundle.release} does not fit this host: ${unfit.check}: ${unfit.detail}`,
      );
    if (version !== bundle.version)
      throw fail(
        'refused',
        'wrong-version',
        `${instance}: release ${bundle.release} reports version ${version ?? 'unknown'}, not ${bundle.version}`,
      );
    return findings;
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    await run.host.dropUnpacked(releasesDir, bundle.release);
    if (!keepsFetched) for (const { digest } of bundle.artifacts) await run.host.dropPartial(releasesDir, digest);
    throw thrown;
  }
}

const unfitIn = (findings: readonly Finding[]): readonly Finding[] => findings.filter(({ ok }) => ok === false);

/** A database that is down or starting is waited for, as nothing is wrong where the release cannot be set against it just now. */
async function inspected(run: OrderRun, bundle: Bundle, folder: string, config?: ConfigRevision): Promise<BundleInspection> {
  const endsMs = run.clock.monotonicMs() + Math.min(waitForDatabaseMs, leftMs(run));
  for (;;) {
    const inspection = await run.instance.driver.inspectBundle(await contextOf(run, run.instance), folder, config);
    const { findings } = inspection;
    const unknown = findings.find(({ ok }) => ok === null);
    if (unknown === undefined || unfitIn(findings).length > 0 || run.clock.monotonicMs() >= endsMs) return inspection;
    run.progress('inspect', 0, `${bundle.release} waits for an answer: ${unknown.detail}`);
    await pause(run.clock, askAgainMs, run.signal);
    if (run.signal.aborted) throw new AgentStopped();
  }
}
