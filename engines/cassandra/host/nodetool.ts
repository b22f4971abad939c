/** nodetool of the activated release, against this node, and what a release is seen to be. */
import type { CommandResult, DriverContext } from '../../../common/driver.ts';
import { notListening } from '../../kit/host/asking.ts';
import { failed } from '../../kit/host/failures.ts';
import { currentReleaseOf, programIn, type ReleaseForm } from '../../kit/host/release.ts';
import { connectionOf } from '../connection.ts';
import { unreadableBy } from '../formats.ts';
import { tools } from '../tools.ts';
import { noAnswer } from './cql.ts';
import { formatsOf } from './files.ts';

const commandMs = 55_000;

/** Its start script runs Java as it will in earnest, and itself refuses one that the release does not take. */
export const release: ReleaseForm = {
  programs: { cassandra: ['-v'] },
  tool: 'program',
  parse: tools.program.parse,
  fits: (context, releaseDir, version) => ({
    'nodetool-there': async () => {
      const there = (await context.host.listDir(`${releaseDir}/bin`)) ?? [];
      return [there.includes('nodetool'), there.includes('nodetool') ? 'bin/ has nodetool' : 'bin/ lacks nodetool'];
    },
    'sstables-readable': async () => {
      const unreadable = unreadableBy(version, [...(await formatsOf(context)).keys()]);
      if (unreadable === null) return [null, `Drydock does not know which sstable formats ${version} reads`];
      const detail = `${version} does not read sstables of format ${unreadable.join(', ')}`;
      return unreadable.length === 0 ? [true, `${version} reads every sstable`] : [false, detail];
    },
  }),
};

/** Argument vector of a call. Throws `no-release`. Secrets stand in files that nodetool reads itself. */
export function nodetoolArgv(context: DriverContext, args: readonly string[]): readonly [string, ...string[]] {
  const { jmxHost, jmxPort, jmxUser, jmxPasswordFile } = connectionOf(context.settings);
  return [
    programIn(currentReleaseOf(context), 'nodetool'),
    '-h',
    jmxHost,
    '-p',
    String(jmxPort),
    ...(jmxUser === undefined ? [] : ['-u', jmxUser]),
    ...(jmxPasswordFile === undefined ? [] : ['-pwf', jmxPasswordFile]),
    ...args,
  ];
}

/** Its output. Throws FailureError: `not-listening`, `no-answer` for what it says otherwise. */
export async function nodetool(context: DriverContext, args: readonly string[], timeoutMs: number = commandMs): Promise<string> {
  const result = await context.host.run(nodetoolArgv(context, args), { timeoutMs, signal: context.signal });
  if (result.exitCode === 0) return result.stdout;
  const complaint = complaintOf(result);
  const code = complaint.includes('Connection refused') ? notListening : noAnswer;
  throw failed(context, code, `nodetool ${args[0] ?? ''}: ${complaint}`, { remedy: 'retry' });
}

/** What it said was wrong, in one line: it prints stack traces below. */
function complaintOf({ stderr, stdout, exitCode }: CommandResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const said = lines.find((line) => /^(error|nodetool): /.test(line)) ?? lines.find((line) => line !== '');
  return (said ?? `it exited with ${exitCode} without output`).replace(/^(error|nodetool): /, '').slice(0, 300);
}
