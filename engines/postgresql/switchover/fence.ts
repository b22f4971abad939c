/**
 * The fence: a stopped primary is made a standby on its disk before any other member is promoted, so that no start of it, however it is done,
 * makes a second primary.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { MemberAddress } from '../../../common/orders.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import { noteOf } from '../../kit/host/notes.ts';
import { connectionOf } from '../host/connection.ts';
import { isStandbyAtRest, readControlFile } from '../host/data-folder.ts';
import { settingReadAhead } from '../host/settings-at-rest.ts';
import { stopped } from '../host/shutdown.ts';
import { type ControlFile, printStopPoint } from '../probe.ts';
import { withAutoConf } from './conninfo.ts';
import { conninfoTo, refuseItself, requireMajor } from './repoint.ts';

const fenceSchema = z.object({
  follow: z.object({ member: z.string(), host: z.string(), port: z.number() }),
  /** Where the server had stopped. */
  token: z.string(),
  /** postgresql.auto.conf as it was, null: there was none, and as the fence has it. */
  prior: z.string().nullable(),
  fenced: z.string(),
});

/** Stays until the member is promoted again: it holds what postgresql.auto.conf holds, and is as secret. */
export const fenceNote = noteOf('drydock.fence', fenceSchema);

/** Returns where the server stopped. Throws `refused` as long as nothing was written. */
export async function fence(context: DriverContext, { follow }: { readonly follow: MemberAddress }): Promise<string> {
  await requireMajor(context, 12, 'fence');
  refuseItself(context, follow);
  // Side by side: until it is fenced no member takes writes. Whether it was left alone meanwhile is proven when the fence is written.
  const settings = standbySettings(context, follow);
  settings.catch(() => undefined); // where it follows already they are not asked for
  const [, control, before, isSignalled] = await Promise.all([
    requireStopped(context),
    readControlFile(context),
    fenceNote.read(context),
    isStandbyAtRest(context),
  ]);
  if (isSignalled && (before === null || before.token !== tokenOf(control))) {
    // It was started since, and followed whom it was told to.
    if (before !== null && isSame(before.follow, follow)) return before.token;
    const whose = before === null ? 'standby.signal exists, and Drydock did not write it' : `it follows ${before.follow.member} already`;
    throw refused(context, 'already-standby', `${whose}: a standby is repointed, not fenced`);
  }
  const token = await cleanStopOf(context, control);
  const prior = before?.token === token ? before.prior : await readAutoConf(context);
  const fenced = withAutoConf(prior ?? '', await settings);
  await fenceNote.write(context, { follow, token, prior, fenced });
  await context.host.writeText(autoConf(context), fenced, 0o600);
  await context.host.writeText(standbySignal(context), '', 0o600);
  await proveUntouched(context, token);
  return token;
}

/** Done when there is no fence of ours. Throws `refused` when the server was started behind it. */
export async function unfence(context: DriverContext): Promise<void> {
  const note = await fenceNote.read(context);
  if (note === null) return;
  if (await isStandbyAtRest(context)) {
    const running = (await stopped(context)).ok !== true;
    const used = `it was started as a standby of ${note.follow.member} since it was fenced; promote it to make it a primary again`;
    if (running || tokenOf(await readControlFile(context)) !== note.token) throw refused(context, 'fence-in-use', used);
  }
  await takeBack(context, note);
}

/** What the file was; a file that somebody else changed meanwhile stays: on a primary what we wrote there means nothing. */
async function takeBack(context: DriverContext, { prior, fenced }: z.infer<typeof fenceSchema>): Promise<void> {
  if ((await readAutoConf(context)) === fenced) {
    if (prior === null) await context.host.removeFile(autoConf(context));
    else await context.host.writeText(autoConf(context), prior, 0o600);
  }
  await context.host.removeFile(standbySignal(context));
  await fenceNote.remove(context);
}

/** The server may have been started while the files were written: then it may be a primary still, and no standby must be promoted. */
async function proveUntouched(context: DriverContext, token: string): Promise<void> {
  const [proof, control] = await Promise.all([stopped(context), readControlFile(context)]);
  if (proof.ok === true && tokenOf(control) === token) return;
  const note = await fenceNote.read(context);
  if (note !== null) await takeBack(context, note);
  throw failed(context, 'started-meanwhile', `it was started while it was being fenced (${proof.detail}); the fence was rolled back`);
}

async function standbySettings(context: DriverContext, follow: MemberAddress): Promise<Readonly<Record<string, string>>> {
  const { replication, memberId } = connectionOf(context.settings);
  const setting = (name: string) => settingReadAhead(context, name);
  const ownName = async () => memberId ?? ((await setting('application_name')) || (await setting('cluster_name')) || null);
  const [name, present, ownSlot] = await Promise.all([ownName(), setting('primary_conninfo'), setting('primary_slot_name')]);
  const slot = ownSlot || replication?.slot;
  return { primary_conninfo: conninfoTo(context, follow, present, name), ...(slot === undefined ? {} : { primary_slot_name: slot }) };
}

async function requireStopped(context: DriverContext): Promise<void> {
  const { ok, detail } = await stopped(context);
  if (ok !== true) throw refused(context, 'not-stopped', `it cannot be verified that it is stopped: ${detail}`);
}

async function cleanStopOf(context: DriverContext, control: ControlFile): Promise<string> {
  const token = tokenOf(control);
  if (token === null)
    throw refused(context, 'not-shut-down', `the state in its control file is "${control.state}": it was not stopped cleanly as a primary`);
  const signal = join(context.settings.dataDir, 'recovery.signal');
  if ((await context.host.readText(signal)) === null) return token;
  throw refused(context, 'in-recovery', `${signal} exists: a restore is under way`);
}

/** null: it was not stopped cleanly as a primary. */
const tokenOf = ({ checkpointLsn, timeline, systemId, state }: ControlFile): string | null =>
  state === 'shut down' ? printStopPoint({ lsn: checkpointLsn, timeline, systemId }) : null;

const isSame = (a: MemberAddress, b: MemberAddress): boolean => a.member === b.member && a.host === b.host && a.port === b.port;

const autoConf = ({ settings }: DriverContext) => join(settings.dataDir, 'postgresql.auto.conf');
const standbySignal = ({ settings }: DriverContext) => join(settings.dataDir, 'standby.signal');
const readAutoConf = (context: DriverContext) => context.host.readText(autoConf(context));
