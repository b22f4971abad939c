/**
 * Whether a release knows what the running server was started with. An unknown flag ends it at once, in the downtime; an unknown key of its
 * file or variable of its environment is passed over without a word, and with it whatever it was there for.
 */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { parseHelp, parseUnknownFlag } from '../probe.ts';
import { type Configured, configuredBy, type Named } from './configured.ts';
import { type Answer, complaintOf, currentReleaseOf, programOf } from './tools.ts';

const runMs = 10_000;

/** @param release folder name; null: no release was named */
export async function flagsKnown(context: DriverContext, release: string | null): Promise<Answer> {
  if (release === null) return [null, 'no release was named whose flags are asked for'];
  // The name came over the wire: only a plain folder name may become part of a path that is run.
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(release)) return [null, `"${release}" is no name of a release`];
  return flagsKnownBy(context, join(context.settings.releasesDir, release));
}

export async function flagsKnownBy(context: DriverContext, releaseDir: string): Promise<Answer> {
  const { unit } = context.settings;
  const configured = await configuredBy(context);
  if ('unknown' in configured) return [null, configured.unknown];
  return (
    (await unknownFlag(context, releaseDir, configured)) ??
    (await droppedName(context, releaseDir, configured.named)) ?? [
      true,
      `it knows all ${configured.flags.length} flags of unit ${unit}${configured.named.names.length === 0 ? '' : `, and what ${configured.named.where} sets`}`,
    ]
  );
}

/** Tried dry, by the release's own word: with --version added a server reads its flags, prints its version and ends. */
async function unknownFlag({ host, settings }: DriverContext, releaseDir: string, { flags }: Configured): Promise<Answer | null> {
  const result = await host.run([programOf(releaseDir, 'etcd'), ...flags, '--version'], { timeoutMs: runMs });
  if (result.exitCode === 0) return null;
  const unknown = parseUnknownFlag(`${result.stdout}\n${result.stderr}`);
  if (unknown === null) return [false, `it does not take the flags of unit ${settings.unit}: ${complaintOf(result)}`];
  return [
    false,
    `it does not know the flag --${unknown}, with which unit ${settings.unit} starts: take it out or rename it, and restart the member`,
  ];
}

/** What the running release counts among its flags, and this one no more. */
async function droppedName(context: DriverContext, releaseDir: string, { where, names }: Named): Promise<Answer | null> {
  if (names.length === 0) return null;
  const [before, after] = await Promise.all([flagsOf(context, currentReleaseOf(context)), flagsOf(context, releaseDir)]);
  if (before === null || after === null) return [null, `which settings of ${where} it knows is not known: its --help lists no flags`];
  const dropped = names.filter((name) => before.has(name) && !after.has(name));
  if (dropped.length === 0) return null;
  return [false, `it would pass over ${dropped.join(', ')}, which ${where} sets: take it out or rename it, and restart the member`];
}

async function flagsOf({ host }: DriverContext, releaseDir: string): Promise<ReadonlySet<string> | null> {
  const { stdout, stderr } = await host.run([programOf(releaseDir, 'etcd'), '--help'], { timeoutMs: runMs });
  const flags = parseHelp(`${stdout}\n${stderr}`);
  return flags.size === 0 ? null : flags;
}
