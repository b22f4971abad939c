/** `ozone admin` of the activated release, with this process's configuration, and what a release is seen to be. Each call is a start of Java. */
import { dirname } from 'node:path';
import type { CommandResult, DriverContext } from '../../../common/driver.ts';
import { failed } from '../../kit/host/failures.ts';
import { currentReleaseOf, programIn, type ReleaseForm } from '../../kit/host/release.ts';
import { connectionOf } from '../connection.ts';
import { layoutKindOf } from '../facts.ts';
import { readBy } from '../layouts.ts';
import { parseVersionFile } from '../probe.ts';
import { tools } from '../tools.ts';
import { siteOf } from './site.ts';

export const release: ReleaseForm = {
  programs: { ozone: ['version'] },
  tool: 'program',
  parse: tools.program.parse,
  fits: (context, _releaseDir, version) => ({ 'layout-readable': async () => layoutReadable(context, version) }),
};

/** Whether this version starts on the metadata that lie here: an older one ends at once on a newer layout. */
export async function layoutReadable(context: DriverContext, version: string | null): Promise<readonly [boolean | null, string]> {
  const { component } = connectionOf(context.settings);
  const { versionFile } = await siteOf(context);
  if (versionFile === null) return [true, 'it has no metadata that an older version cannot read'];
  const layout = parseVersionFile((await context.host.readText(versionFile)) ?? '')?.layout ?? null;
  const most = version === null ? null : readBy(version, layoutKindOf(component));
  if (layout === null) return [null, `${versionFile} has no layout version`];
  if (most === null)
    return [true, `its metadata has layout ${layout}; Drydock does not know which ${version} reads, but newer releases read older ones`];
  return [layout <= most, `its metadata has layout ${layout}, ${version} reads up to ${most}`];
}

/** What it printed. Throws FailureError `refused-by-server` with what it said; P9: also where its time was over. */
export async function admin(context: DriverContext, args: readonly string[], timeoutMs: number): Promise<string> {
  const result = await adminResult(context, args, timeoutMs);
  if (result.exitCode === 0) return `${result.stdout}\n${result.stderr}`;
  const said = result.exitCode === null ? `it was stopped after ${timeoutMs / 1000} s` : complaintOf(result);
  throw failed(context, 'command-failed', `ozone admin ${args.join(' ')}: ${said}`, { remedy: 'retry' });
}

async function adminResult(context: DriverContext, args: readonly string[], timeoutMs: number): Promise<CommandResult> {
  const { configFile, dataDir } = context.settings;
  const argv = [programIn(currentReleaseOf(context), 'ozone'), '--config', dirname(configFile ?? dataDir), 'admin', ...args] as const;
  return context.host.run(argv, { timeoutMs, signal: context.signal });
}

/** In one line: traces are below it. */
function complaintOf({ stderr, stdout, exitCode }: CommandResult): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !line.startsWith('at '))?.slice(0, 300) ?? `it exited with ${exitCode} without output`;
}
