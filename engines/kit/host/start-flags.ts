/**
 * Whether a release takes what the running server was started with: flags, and a YAML file or its environment. An unknown flag ends a start at once, in
 * the downtime; an unknown key of its file or variable of its environment is passed over without a word, and with it whatever it was there for.
 */
import { isAbsolute } from 'node:path';
import { parse } from 'yaml';
import type { DriverContext } from '../../../common/driver.ts';
import type { Answer } from '../pure/checks.ts';
import { readKept } from './config-file.ts';
import { environmentOf, flagValue, startedBy } from './processes.ts';
import { complaintOf, currentReleaseOf, programIn, releaseNamed } from './release.ts';

const runMs = 10_000;

export interface StartFlags {
  readonly program: string;
  /** Begins the names of its variables: with `ETCD_`, `ETCD_ENABLE_V2` stands for the flag `enable-v2`. */
  readonly prefix: string;
  /** Flag that names its configuration file, which makes it ignore its environment. */
  readonly fileFlag: string;
  /** Added to the flags of a start, the program reads them, does nothing and ends. */
  readonly dryRun: string;
  /** The flag that a start ended over, by what the program printed. */
  parseUnknown(output: string): string | null;
}

/** @param expect release folder name, and behind a blank the digest that `flagsKnownBy` takes; null: no release was named */
export async function flagsKnown(context: DriverContext, start: StartFlags, expect: string | null): Promise<Answer> {
  if (expect === null) return [null, 'no release was given to check the flags against'];
  const [release = '', digest = null] = expect.split(' ');
  const named = releaseNamed(context, release);
  return 'obstacle' in named ? [null, named.obstacle] : flagsKnownBy(context, start, named.folder, digest);
}

/** @param digest of its configuration file as it was staged for that start; null: as it is now */
export async function flagsKnownBy(context: DriverContext, start: StartFlags, releaseDir: string, digest: string | null): Promise<Answer> {
  const configured = await configuredBy(context, start, digest === null ? null : await readKept(context, digest));
  if ('unknown' in configured) return [null, configured.unknown];
  const { flags, named } = configured;
  const { unit } = context.settings;
  const also = named.names.length === 0 ? '' : `, and what ${named.where} sets`;
  return (
    (await unknownFlag(context, start, releaseDir, flags)) ??
    (await droppedName(context, start, releaseDir, named)) ?? [true, `it knows all ${flags.length} flags of unit ${unit}${also}`]
  );
}

/** Settings beside the flags, by the names of the flags that they stand for; what they are set to may be secret and is not kept. */
interface Named {
  /** For a person: where they are set. */
  readonly where: string;
  readonly names: readonly string[];
}

type Configured = { readonly flags: readonly string[]; readonly named: Named } | { readonly unknown: string };

async function configuredBy(context: DriverContext, start: StartFlags, fileText: string | null): Promise<Configured> {
  const { unit } = context.settings;
  const began = await beganWith(context, start);
  if ('unknown' in began) return began;
  const { flags, byFlag, file } = began;
  if (file === null) return { flags, named: { where: `the environment of unit ${unit}`, names: [...byFlag.keys()] } };
  const names = await keysOf(context, file, fileText);
  return names === null
    ? { unknown: `the configuration file ${file} of unit ${unit} cannot be read` }
    : { flags, named: { where: file, names } };
}

interface Began {
  readonly flags: readonly string[];
  /** Variables of its environment by the flags that they stand for. */
  readonly byFlag: ReadonlyMap<string, string>;
  /** Its configuration file; null: it was started without one. */
  readonly file: string | null;
}

/** How the running server was started. */
export async function beganWith(
  context: DriverContext,
  { program, prefix, fileFlag }: StartFlags,
): Promise<Began | { readonly unknown: string }> {
  const { unit } = context.settings;
  const started = await startedBy(context, program);
  if (started === null) return { unknown: `the flags of unit ${unit} are unknown: its main process is not a readable ${program} process` };
  const { pid, flags } = started;
  const environment = await environmentOf(context, pid);
  if (environment === null) return { unknown: `the environment of unit ${unit} cannot be read, so what it sets is unknown` };
  const flagNames = [...environment].flatMap(([name, value]) =>
    name.startsWith(prefix) && /^[A-Z0-9_]+$/.test(name)
      ? [[name.slice(prefix.length).toLowerCase().replaceAll('_', '-'), value] as const]
      : [],
  );
  const byFlag = new Map(flagNames);
  return { flags, byFlag, file: flagValue(flags, fileFlag) ?? byFlag.get(fileFlag) ?? null };
}

async function keysOf({ host }: DriverContext, file: string, fileText: string | null): Promise<readonly string[] | null> {
  const text = fileText ?? (isAbsolute(file) ? await host.readText(file).catch(() => null) : null);
  if (text === null) return null;
  try {
    const content: unknown = parse(text);
    return typeof content === 'object' && content !== null ? Object.keys(content) : [];
  } catch {
    return null;
  }
}

/** Tried dry, by the release's own word. */
async function unknownFlag(
  context: DriverContext,
  start: StartFlags,
  releaseDir: string,
  flags: readonly string[],
): Promise<Answer | null> {
  const { host, settings } = context;
  const result = await host.run([programIn(releaseDir, start.program), ...flags, start.dryRun], { timeoutMs: runMs });
  if (result.exitCode === 0) return null;
  const unknown = start.parseUnknown(`${result.stdout}\n${result.stderr}`);
  if (unknown === null) return [false, `it does not accept the flags of unit ${settings.unit}: ${complaintOf(result)}`];
  const flag = `the flag --${unknown} of unit ${settings.unit}`;
  return [false, `it does not know ${flag}: remove or rename it, and restart the member`];
}

/** What the running release counts among its flags, and this one no more. */
async function droppedName(context: DriverContext, start: StartFlags, releaseDir: string, { where, names }: Named): Promise<Answer | null> {
  if (names.length === 0) return null;
  const [before, after] = await Promise.all([
    flagsExplained(context, start, currentReleaseOf(context)),
    flagsExplained(context, start, releaseDir),
  ]);
  if (before === null || after === null) return [null, `cannot determine which settings of ${where} it knows: its --help lists no flags`];
  const dropped = names.filter((name) => before.has(name) && !after.has(name));
  if (dropped.length === 0) return null;
  return [false, `it would ignore ${dropped.join(', ')}, which ${where} sets: remove or rename it, and restart the member`];
}

/** Names of the flags that its `--help` explains: `  --enable-v2 'false'`. */
async function flagsExplained({ host }: DriverContext, { program }: StartFlags, releaseDir: string): Promise<ReadonlySet<string> | null> {
  const { stdout, stderr } = await host.run([programIn(releaseDir, program), '--help'], { timeoutMs: runMs });
  const flags = new Set([...`${stdout}\n${stderr}`.matchAll(/^\s+--([a-z][a-z0-9-]*)/gm)].flatMap(([, name]) => name ?? []));
  return flags.size === 0 ? null : flags;
}
