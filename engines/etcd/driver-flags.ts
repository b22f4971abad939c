/** Whether a release knows the flags that the running server was started with: an unknown one ends it at once, in the outage. */
import { basename, join } from 'node:path';
import type { DriverContext } from '../../common/engine.ts';
import { type Answer, complaintOf, programOf } from './driver-tools.ts';
import { parseUnknownFlag } from './probe.ts';

const runMs = 10_000;

/**
 * Tried dry, by the release's own word: with --version added a server reads its flags, prints its version and ends.
 * @param release folder name; null: no release was named
 */
export async function flagsKnown(context: DriverContext, release: string | null): Promise<Answer> {
  if (release === null) return [null, 'no release was named whose flags are asked for'];
  return flagsKnownBy(context, join(context.settings.releasesDir, release));
}

export async function flagsKnownBy(context: DriverContext, releaseDir: string): Promise<Answer> {
  const { unit } = context.settings;
  const flags = await runningFlags(context);
  if (flags === null) return [null, `with which flags unit ${unit} runs is not known: its main process is no etcd that can be looked at`];
  const result = await context.host.run([programOf(releaseDir, 'etcd'), ...flags, '--version'], { timeoutMs: runMs });
  if (result.exitCode === 0) return [true, `it knows all ${flags.length} flags of unit ${unit}`];
  const unknown = parseUnknownFlag(`${result.stdout}\n${result.stderr}`);
  if (unknown === null) return [false, `it does not take the flags of unit ${unit}: ${complaintOf(result)}`];
  return [
    false,
    `it does not know the flag --${unknown}, with which unit ${unit} starts: take it out or rename it, and restart the member`,
  ];
}

/** Without the program itself; null when the unit does not run, or runs something else. */
async function runningFlags({ host, settings }: DriverContext): Promise<readonly string[] | null> {
  const { pid } = await host.unitState(settings.unit);
  if (pid === null) return null;
  const [program, ...flags] = ((await host.readText(`/proc/${pid}/cmdline`).catch(() => null)) ?? '').split('\0').slice(0, -1);
  return program !== undefined && basename(program) === 'etcd' ? flags : null;
}
