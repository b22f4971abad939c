/** A release folder: running its programs, which version they are, and whether it holds what a release must, seen from the outside. */
import { join } from 'node:path';
import type { BundleInspection, CommandResult, DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { fail } from '../../../common/failure.ts';
import type { ConfigRevision } from '../../../common/orders.ts';
import type { Answer } from '../pure/checks.ts';
import { finding } from './asking.ts';

/** What an engine says of its releases. */
export interface ReleaseForm {
  /** Programs that a release must hold, all of one version, each with the arguments by which it tells that; the server first. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** Tool by which probes ask for the version, until it answered once for a release. */
  readonly tool: string;
  /** Reads what a program tells of its version; null: of no known form. */
  parse(output: string): string | null;
  /** What else must be so of a release before anything depends on it, by the ids of checks. */
  fits(
    context: DriverContext,
    releaseDir: string,
    version: string,
    config: ConfigRevision | null,
  ): Readonly<Record<string, () => Promise<Answer>>>;
}

const runMs = 30_000;

export function programIn(releaseDir: string, program: string): string {
  return join(releaseDir, 'bin', program);
}

/** Throws `no-release`: without one there are no tools to ask with. */
export function currentReleaseOf({ currentRelease, settings }: DriverContext): string {
  if (currentRelease !== null) return currentRelease;
  throw fail(
    'failed',
    'no-release',
    `${settings.instance}: no release is activated in ${settings.releasesDir}, so there are no tools to query it with`,
  );
}

/** The folder of a release that is expected; null: of the activated one. */
export function releaseNamed(
  { currentRelease, settings }: DriverContext,
  name: string | null,
): { readonly folder: string } | { readonly obstacle: string } {
  // The name came over the wire: only a plain folder name may become part of a path.
  if (name !== null && !/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name)) return { obstacle: `"${name}" is not a release name` };
  const folder = name === null ? currentRelease : join(settings.releasesDir, name);
  return folder === null ? { obstacle: 'no release is activated' } : { folder };
}

/** What a program of the folder tells of itself; null when it does not run, is of another machine, or says nothing known. */
export async function versionOf(context: DriverContext, { programs, parse }: ReleaseForm, releaseDir: string, program: string) {
  const argv = [programIn(releaseDir, program), ...(programs[program] ?? [])] as const;
  const result = await context.host.run(argv, { timeoutMs: runMs }).catch(() => null);
  return result?.exitCode === 0 ? parse(result.stdout) : null;
}

const serverOf = ({ programs }: ReleaseForm): string => Object.keys(programs)[0] ?? '';

const versionsOnDisk = new Map<string, string>();

/** Of the activated release. Asked once for each folder: what is in one never changes. */
export async function onDiskVersionOf(context: DriverContext, form: ReleaseForm): Promise<string | null> {
  const { currentRelease } = context;
  if (currentRelease === null) return null;
  const ask = () => context.tool(form.tool, (during) => versionOf(during, form, currentRelease, serverOf(form))).catch(() => null);
  const version = versionsOnDisk.get(currentRelease) ?? (await ask());
  if (version !== null) versionsOnDisk.set(currentRelease, version);
  return version;
}

/** `config`: the change of configuration that goes into place with it. */
export async function inspect(
  context: DriverContext,
  form: ReleaseForm,
  releaseDir: string,
  config: ConfigRevision | null,
): Promise<BundleInspection> {
  const names = Object.keys(form.programs);
  const versions = await Promise.all(names.map((program) => versionOf(context, form, releaseDir, program)));
  const [version = null] = versions;
  const complete = completeness(programIn(releaseDir, serverOf(form)), names, versions);
  if (version === null || complete.ok !== true) return { version, findings: [complete] };
  const fits: Finding[] = [];
  for (const [check, ask] of Object.entries(form.fits(context, releaseDir, version, config)))
    fits.push(await finding(context, check, null, ask));
  return { version, findings: [complete, ...fits] };
}

function completeness(server: string, names: readonly string[], versions: readonly (string | null)[]): Finding {
  const check = 'release-complete';
  const [version, ...others] = versions;
  if (version === null || version === undefined)
    return { check, ok: false, detail: `${server} does not run here, or reports an unknown version` };
  const last = names.at(-1);
  const all = names.length === 1 ? `${last} is there and is` : `${names.slice(0, -1).join(', ')} and ${last} are there and are`;
  if (others.every((other) => other === version)) return { check, ok: true, detail: `${all} ${version}` };
  const found = names.map((name, at) => `${name} ${at === 0 ? 'is ' : ''}${versions[at] ?? 'does not run here'}`);
  return { check, ok: false, detail: `${found.join(', ')}: a release must contain all of them, in one version` };
}

/** What a tool said was wrong, in one line: the last `Error: …`, else its last line. */
export function complaintOf({ stderr, stdout, exitCode }: CommandResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const error = lines.findLast((line) => line.startsWith('Error: '));
  return error?.slice('Error: '.length) ?? lines.findLast((line) => line !== '') ?? `it exited with ${exitCode} without output`;
}
