/** Units of systemd, through `systemctl` and its stable `show` output. */
import { access, constants, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, pause } from '../../common/clock.ts';
import { durationText } from '../../common/duration-text.ts';
import { fail, toFailure } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';
import type { CommandOptions, runCommand } from './commands.ts';
import type { UnitState, Units } from './host.ts';
import { flagsVariable, isLocked, lockLines, passesFlags, type StartLocks } from './start-locks.ts';

const showMs = 10_000;
const gonePollMs = 20;
const logLines = 200;
/** Gone after a reboot: a pass is for one start. */
const defaultPassDir = '/run/drydock/pass';

/** `run` is the command door; unit names come from the settings. `program` is what the agent was started as. */
export function systemdUnits(
  run: typeof runCommand,
  locks: StartLocks,
  clock: Clock,
  passDir = defaultPassDir,
  program = process.argv[1] ?? '',
): Units {
  const systemctl = async (args: readonly string[], options: CommandOptions) => run(['systemctl', '--no-ask-password', ...args], options);

  /** Throws `units-unreachable` when systemd does not tell. */
  const reported = async (unit: string, args: readonly string[]): Promise<string> => {
    const answer = await systemctl([...args, '--', unit], { timeoutMs: showMs });
    if (answer.exitCode === 0) return answer.stdout;
    throw fail('unreachable', 'units-unreachable', `systemctl ${args[0]} ${unit}: ${firstLine(answer.stderr)}`, { remedy: 'retry' });
  };
  const unitState = async (unit: string) =>
    parseShown(unit, await reported(unit, ['show', '-p', 'LoadState,ActiveState,InvocationID,MainPID']));
  const passOf = (unit: string) => join(passDir, unit);

  return {
    unitState,
    async bootId() {
      return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    },
    async startUnit(unit, timeoutMs, flags = []) {
      const isHeld = (await locks.passOf(unit)) !== null;
      if (isHeld || flags.length > 0) await makePass(passOf(unit), passDir, flags);
      const started = await systemctl(['start', '--', unit], { timeoutMs })
        .catch((thrown: unknown) => {
          if (toFailure(thrown).code !== 'command-timeout') throw thrown;
          // Giving up waiting leaves the start under way; the order's time is over.
          throw fail('timeout', 'start-timeout', `unit ${unit} was still starting after ${durationText(timeoutMs)}`);
        })
        .finally(() => rm(passOf(unit), { force: true }));
      if (started.exitCode === 0) return;
      if (started.stderr.startsWith('Assertion failed'))
        throw fail(
          'refused',
          'held',
          `unit ${unit} was not started: its start lock ${locks.pathOf(unit)} or another assertion prevents it`,
        );
      throw fail('failed', 'exited-at-once', `unit ${unit} did not start: ${firstLine(started.stderr)}`);
    },
    async stopUnit(unit, timeoutMs) {
      // --no-block: our own limit must not depend on the job's; giving up waiting leaves the stop under way and kills nothing.
      const asked = await systemctl(['stop', '--no-block', '--', unit], { timeoutMs: showMs });
      if (asked.exitCode !== 0) throw fail('failed', 'stop-refused', `unit ${unit} cannot be stopped: ${firstLine(asked.stderr)}`);
      const until = clock.monotonicMs() + timeoutMs;
      while ((await unitState(unit)).active) {
        if (clock.monotonicMs() > until)
          throw fail('timeout', 'stop-timeout', `unit ${unit} is still running ${timeoutMs} ms after systemctl stop`);
        await pause(clock, gonePollMs);
      }
    },
    async verifyStartLock(unit) {
      await locks.prepare();
      const refuse = (what: string) => fail('refused', 'no-start-lock', `unit ${unit} has no working start lock: ${what}`);
      await prepareFolder(passDir).catch((error: Error) => {
        throw refuse(
          `no start pass can be created in ${passDir} (${error.message}); the unit of the agent creates this folder: restart it`,
        );
      });
      const shown = parseLines(await reported(unit, ['show', '-p', 'Id,LoadState,NeedDaemonReload']));
      if (shown.get('Id') !== unit) throw refuse(`its name in systemd is ${shown.get('Id')}; use that name in the instance's settings`);
      const loadState = shown.get('LoadState') ?? 'loaded';
      if (loadState !== 'loaded')
        throw fail(
          'refused',
          'unit-broken',
          `unit ${unit} could not be started again: its load state is ${loadState}; check systemctl status ${unit}`,
        );
      const files = { unit, hold: locks.pathOf(unit), pass: passOf(unit), program };
      if (!isLocked(await reported(unit, ['cat']), files))
        throw refuse(
          `its only assertions beginning with | must be ${lockLines(files).join(' and ')}; install the drop-in drydock-start-lock.conf`,
        );
      if (shown.get('NeedDaemonReload') !== 'no') throw refuse('its unit files changed on disk; run systemctl daemon-reload');
    },
    async verifyStartFlags(unit) {
      const line = `EnvironmentFile=-${passOf(unit)}`;
      if (passesFlags(await reported(unit, ['cat']), unit, line)) return;
      const what = `its [Service] needs ${line}, which the drop-in drydock-start-lock.conf has, and ${flagsVariable} in its ExecStart`;
      throw fail('refused', 'no-start-flags', `unit ${unit} would be started without its one-shot flags: ${what}`);
    },
    async lockUnit(unit) {
      // Left by an agent that was killed while it started the unit.
      await rm(passOf(unit), { force: true });
      await locks.take(unit);
    },
    unitLogFile: async () => null,
    async unitLog(unit, start) {
      const place = `journalctl -u ${unit}`;
      const { invocationId } = await unitState(unit);
      if (invocationId === null) return { place, text: null };
      // Nothing was started: what stands there is of the incarnation before.
      if (invocationId === start?.invocationId) return { place, text: '' };
      // Of the program alone, and of this start alone, however the journal was rotated since: what systemd says about it is known already.
      const matches = [`_SYSTEMD_UNIT=${unit}`, `_SYSTEMD_INVOCATION_ID=${invocationId}`];
      const { exitCode, stdout } = await run(['journalctl', '--no-pager', '--quiet', '--output=cat', `--lines=${logLines}`, ...matches], {
        timeoutMs: showMs,
      });
      // To an account that may not read it, the journal looks empty.
      return { place, text: exitCode === 0 && stdout !== '' ? stdout : null };
    },
    unlockUnit: locks.letGo,
    lockedUnits: locks.held,
  };
}

async function prepareFolder(dir: string): Promise<void> {
  await makeFolder(dir, 0o700);
  await access(dir, constants.W_OK);
}

/** Worth another try: the folder may come back, and without a pass the database stays down. */
/** The unit reads it as its environment: what is written there is for this start alone. */
async function makePass(path: string, dir: string, flags: readonly string[]): Promise<void> {
  try {
    await prepareFolder(dir);
    await writeFile(path, flags.length === 0 ? '' : `${flagsVariable}=${flags.join(' ')}\n`, { mode: 0o600 });
  } catch (error) {
    throw fail('failed', 'no-pass', `the start pass ${path} cannot be created: ${(error as Error).message}`, { remedy: 'retry' });
  }
}

/** Reads `systemctl show`. Anything that is not fully down counts as active: a unit on its way down still locks its data. */
export function parseShown(unit: string, text: string): UnitState {
  const shown = parseLines(text);
  if (shown.get('LoadState') === 'not-found')
    throw fail(
      'not-found',
      'unknown-unit',
      `unit ${unit} does not exist in systemd on this host; correct the instance's \`unit\` in the settings`,
    );
  const active = !['inactive', 'failed'].includes(shown.get('ActiveState') ?? 'unknown');
  const invocationId = shown.get('InvocationID') ?? '';
  const pid = Number(shown.get('MainPID') ?? 0);
  return { active, invocationId: invocationId === '' ? null : invocationId, pid: pid > 0 ? pid : null };
}

function parseLines(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
