/**
 * Whether a release knows what the running server was started with: flags, and a file or its environment. An unknown flag ends it at once, in the
 * downtime; an unknown key of its file or variable of its environment is passed over without a word, and with it whatever it was there for.
 */
import { isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import type { DriverContext } from '../../../common/driver.ts';
import { environmentOf, flagValue, startedBy } from '../../kit/host/processes.ts';
import { complaintOf, currentReleaseOf, programIn } from '../../kit/host/release.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { parseHelp, parseUnknownFlag } from '../probe.ts';

const runMs = 10_000;

/** @param release folder name; null: no release was named */
export async function flagsKnown(context: DriverContext, release: string | null): Promise<Answer> {
  if (release === null) return [null, 'no release was named whose flags are asked for'];
  // The name came over the wire: only a plain folder name may become part of a path that is run.
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(release)) return [null, `"${release}" is no name of a release`];
  return flagsKnownBy(context, join(context.settings.releasesDir, release));
}

export async function flagsKnownBy(context: DriverContext, releaseDir: string): Promise<Answer> {
  const configured = await configuredBy(context);
  if ('unknown' in configured) return [null, configured.unknown];
  const { flags, named } = configured;
  const { unit } = context.settings;
  const also = named.names.length === 0 ? '' : `, and what ${named.where} sets`;
  return (
    (await unknownFlag(context, releaseDir, flags)) ??
    (await droppedName(context, releaseDir, named)) ?? [true, `it knows all ${flags.length} flags of unit ${unit}${also}`]
  );
}

/** Settings beside the flags, by the names of the flags that they stand for; what they are set to may be secret and is not kept. */
interface Named {
  /** For a person: where they are set. */
  readonly where: string;
  readonly names: readonly string[];
}

/** A file makes the server ignore its environment. */
async function configuredBy(context: DriverContext): Promise<{ flags: readonly string[]; named: Named } | { readonly unknown: string }> {
  const { unit } = context.settings;
  const started = await startedBy(context, 'etcd');
  if (started === null)
    return { unknown: `with which flags unit ${unit} runs is not known: its main process is no etcd that can be looked at` };
  const { pid, flags } = started;
  const environment = await environmentOf(context, pid);
  if (environment === null) return { unknown: `the environment of unit ${unit} cannot be read, and with it what is set there` };
  const file = flagValue(flags, 'config-file') ?? environment.get('ETCD_CONFIG_FILE') ?? null;
  if (file !== null) {
    const names = await keysOf(context, file);
    return names === null
      ? { unknown: `the configuration file ${file} of unit ${unit} cannot be read` }
      : { flags, named: { where: file, names } };
  }
  // `ETCD_ENABLE_V2` stands for the flag `enable-v2`.
  const names = [...environment.keys()].flatMap((name) => /^ETCD_([A-Z0-9_]+)$/.exec(name)?.[1]?.toLowerCase().replaceAll('_', '-') ?? []);
  return { flags, named: { where: `the environment of unit ${unit}`, names } };
}

async function keysOf({ host }: DriverContext, file: string): Promise<readonly string[] | null> {
  const text = isAbsolute(file) ? await host.readText(file).catch(() => null) : null;
  if (text === null) return null;
  try {
    const content: unknown = parse(text);
    return typeof content === 'object' && content !== null ? Object.keys(content) : [];
  } catch {
    return null;
  }
}

/** Tried dry, by the release's own word: with --version added a server reads its flags, prints its version and ends. */
async function unknownFlag({ host, settings }: DriverContext, releaseDir: string, flags: readonly string[]): Promise<Answer | null> {
  const result = await host.run([programIn(releaseDir, 'etcd'), ...flags, '--version'], { timeoutMs: runMs });
  if (result.exitCode === 0) return null;
  const unknown = parseUnknownFlag(`${result.stdout}\n${result.stderr}`);
  if (unknown === null) return [false, `it does not take the flags of unit ${settings.unit}: ${complaintOf(result)}`];
  const detail = `it does not know the flag --${unknown}, with which unit ${settings.unit} starts: take it out or rename it, and restart the member`;
  return [false, detail];
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
  const { stdout, stderr } = await host.run([programIn(releaseDir, 'etcd'), '--help'], { timeoutMs: runMs });
  const flags = parseHelp(`${stdout}\n${stderr}`);
  return flags.size === 0 ? null : flags;
}
