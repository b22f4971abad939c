/** Units of systemd, through `systemctl` and its stable `show` output. */
import { readFile } from 'node:fs/promises';
import { type Clock, pause } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import type { CommandOptions, runCommand } from './commands.ts';
import type { UnitState, Units } from './host.ts';

const showMs = 10_000;
const goneLookMs = 20;

/** `run` is the command door; unit names come from the settings. */
export function systemdUnits(run: typeof runCommand, clock: Clock): Units {
  const systemctl = async (args: readonly string[], options: CommandOptions) => run(['systemctl', '--no-ask-password', ...args], options);

  const unitState = async (unit: string): Promise<UnitState> => {
    const shown = await systemctl(['show', '-p', 'LoadState,ActiveState,InvocationID,MainPID', '--', unit], { timeoutMs: showMs });
    if (shown.exitCode !== 0)
      throw fail('unreachable', 'units-unreachable', `systemctl show ${unit}: ${firstLine(shown.stderr)}`, { remedy: 'retry' });
    return parseShown(unit, shown.stdout);
  };

  return {
    unitState,
    async bootId() {
      return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    },
    async startUnit(unit, timeoutMs) {
      const started = await systemctl(['start', '--', unit], { timeoutMs });
      if (started.exitCode !== 0)
        throw fail('failed', 'exited-at-once', `unit ${unit} did not start: ${firstLine(started.stderr)}; see journalctl -u ${unit}`);
    },
    async stopUnit(unit, timeoutMs) {
      // --no-block: our own limit must not depend on the job's; giving up waiting leaves the stop under way and kills nothing.
      const asked = await systemctl(['stop', '--no-block', '--', unit], { timeoutMs: showMs });
      if (asked.exitCode !== 0) throw fail('failed', 'stop-refused', `unit ${unit} cannot be stopped: ${firstLine(asked.stderr)}`);
      const until = clock.monotonicMs() + timeoutMs;
      while ((await unitState(unit)).active) {
        if (clock.monotonicMs() > until)
          throw fail('timeout', 'stop-timeout', `unit ${unit} still runs ${timeoutMs} ms after it was asked to stop`);
        await pause(clock, goneLookMs);
      }
    },
  };
}

/** Reads `systemctl show`. Anything that is not fully down counts as active: a unit on its way down still holds its data. */
export function parseShown(unit: string, text: string): UnitState {
  const shown = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  if (shown.get('LoadState') === 'not-found')
    throw fail(
      'not-found',
      'unknown-unit',
      `unit ${unit} is not known to systemd on this host; correct the instance's \`unit\` in the settings`,
    );
  const active = !['inactive', 'failed'].includes(shown.get('ActiveState') ?? 'unknown');
  const invocationId = shown.get('InvocationID') ?? '';
  const pid = Number(shown.get('MainPID') ?? 0);
  return { active, invocationId: invocationId === '' ? null : invocationId, pid: pid > 0 ? pid : null };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
