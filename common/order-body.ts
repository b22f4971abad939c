/**
 * What an order asks for: one closed union (P13), and the only description of it. It travels, is journaled and is stored as canonical JSON, and
 * every reader parses it by this schema: an unknown kind, part or field is refused. Verbs, keys and jobs are closed lists of each engine's
 * driver, which parses their arguments by its own schemas.
 */
import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';
import { type FailureError, fail } from './failure.ts';
import { addressForm, digestForm, longestOrderMs, nameForm } from './word-forms.ts';

const longestText = 64 * 1024;
const mostEntries = 1_000;
/** Characters and entries of a whole body. */
const mostInAll = 512 * 1024;
const deepest = 32;

const name = z.string().regex(nameForm, 'is not a name');
/** One line: with a line break or another control character it would be more than it looks like. */
const line = (mostChars: number) =>
  z
    .string()
    .max(mostChars, `is longer than ${mostChars} characters`)
    .regex(/^\P{Cc}*$/u, 'holds control characters');
const count = z.int('is not a count').min(0, 'is not a count');
const durationMs = count.max(longestOrderMs, 'is longer than two years');
const digest = z.string().regex(digestForm, 'is not a sha256 digest');
const port = z.int().min(1).max(65_535);
const list = <T extends z.ZodType>(of: T) => z.array(of).max(mostEntries, `has more than ${mostEntries} entries`).readonly();
const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), list(json), z.record(z.string(), json)]),
);

/** A file of a release with its digest; `role` tells what it is for. */
const artifact = z.strictObject({
  role: z.enum(['server', 'runtime', 'extensions']),
  /** `sha256:<hex>` of the file's bytes. */
  digest,
  sizeBytes: count,
  /** Bytes and inodes of the unpacked tree, measured when the release was added. */
  unpackedBytes: count,
  unpackedInodes: count,
});
export type Artifact = Readonly<z.output<typeof artifact>>;

/** What is staged, activated and rolled back as one: the artifacts of one release for one architecture. */
const bundle = z.strictObject({
  engine: name,
  version: name,
  /** `x64` or `arm64`, as Node names them. */
  arch: name,
  artifacts: list(artifact),
  /** Folder name under the instance's releases folder: `<version>-<first 12 hex of the bundle's digest>`. */
  release: name,
});
export type Bundle = Readonly<z.output<typeof bundle>>;

const configKey = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.$-]{0,199}$/, 'is not a valid setting name');

/** One change of a key in a database's own configuration file. */
export const configChange = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('set'), key: configKey, value: line(10_000) }),
  z.strictObject({
    op: z.literal('rename'),
    key: configKey,
    to: configKey,
    /** What the new name's value says and the old one's left out: `ms`. Given to plain numbers alone. */
    unit: z.exactOptional(z.string().regex(/^[A-Za-z/]{1,10}$/, 'is not a valid unit')),
  }),
  z.strictObject({ op: z.literal('remove'), key: configKey }),
]);
export type ConfigChange = Readonly<z.output<typeof configChange>>;

/** From one text of the configuration file to another; both are known by digest, so that nothing else can be put into place. */
const configRevision = z.strictObject({ changes: list(configChange), fromDigest: digest, toDigest: digest });
export type ConfigRevision = Readonly<z.output<typeof configRevision>>;

/** Where another member is reached by its peers; who may log in there and how stays on the host. For the arguments of verbs. */
export const memberAddress = z.strictObject({
  member: name,
  host: z.string().regex(addressForm, 'is not a host name, address or folder'),
  port,
});
export type MemberAddress = Readonly<z.output<typeof memberAddress>>;

/** Whether a setting is of the executor alone, or of its whole cluster and so restored by any member that can. */
export const effectScopes = ['node', 'cluster'] as const;

/** A changed setting of the running database with what was there before, so that it can be restored (P19). */
const effect = z.strictObject({
  key: name,
  prior: z.string().max(longestText).nullable(),
  set: z.string().max(longestText).nullable(),
  /** Left out: of the node. */
  scope: z.exactOptional(z.literal('cluster')),
});
export type Effect = Readonly<z.output<typeof effect>>;

const startFlag = z.string().regex(/^--?[A-Za-z][A-Za-z0-9-]{0,99}(=[A-Za-z0-9._-]{1,100})?$/, 'is not a valid start flag');

/**
 * In the order in which a downtime goes through those that it holds. `drain`: takes the instance out of service in order, which only a start undoes;
 * `act`: a verb of the driver, in one that leaves its instance stopped.
 */
export const downtimeParts = ['quiesce', 'drain', 'stop', 'restore', 'activate', 'start', 'act'] as const;
export type DowntimePart = (typeof downtimeParts)[number];

export const snapshotVerifications = ['none', 'list', 'restore-compare'] as const;
export type SnapshotVerification = (typeof snapshotVerifications)[number];

/** Arguments of a verb or a job, as they travel: what they may be, the driver's own schema of it says. */
const args = z.record(name, json).readonly();
export type Args = z.output<typeof args>;

const bodies = [
  z.strictObject({
    kind: z.literal('observe'),
    checks: list(line(200)),
    nonce: line(1_000),
    /** Also tells what these changes would make of the configuration file. */
    config: z.exactOptional(list(configChange)),
    /** Beside config: which of these keys nothing would set then. */
    requires: z.exactOptional(list(configKey)),
    /** Also tells what restoring the snapshot of this run would take. */
    restoreRun: z.exactOptional(name),
  }),
  z.strictObject({
    kind: z.literal('await'),
    /** A condition id of the driver: `in-service`, `member-in-service`. */
    condition: line(200),
    /** The member looked at when the viewpoint is a peer, or what else the condition is about. */
    member: line(1_000).nullable(),
    /** The condition must hold without a break for so long. */
    steadyMs: durationMs,
    viewpoint: z.enum(['self', 'peer']),
  }),
  z.strictObject({
    kind: z.literal('stage'),
    bundle,
    /** Free bytes and inodes wanted before the first byte is fetched (margin included). */
    needBytes: count,
    needInodes: count,
    /** Both texts are kept on the host and tried out, long before the downtime that puts the new one into place. */
    config: z.exactOptional(configRevision),
  }),
  z.strictObject({
    kind: z.literal('downtime'),
    mode: z.enum(['normal', 'upgrade', 'downgrade']),
    parts: list(z.enum(downtimeParts)),
    /** Release that is current before, and the one that is activated. Equal in mode normal. */
    fromRelease: name,
    toRelease: name,
    /** Version that the running database must report afterwards. */
    expectVersion: name,
    onFailure: z.enum(['revert', 'leave-stopped']),
    /**
     * Flags of the driver's closed list that the unit's program gets at this one start. An order that only stops names those that a later one
     * will start with: whether the unit takes them is found out before the stop.
     */
    startFlags: z.exactOptional(list(startFlag)),
    /** Put into place by `activate` together with the release. */
    config: z.exactOptional(configRevision),
    /** Id of the snapshot that `restore` puts into the data directory's place. */
    restore: z.exactOptional(name),
    /** What the part `act` does, while the unit is stopped and held; the receipt has its token. */
    act: z.exactOptional(z.strictObject({ verb: name, args })),
  }),
  /** The id of what is made is `<run>.<instance>`, or `<run>.<hop>.<instance>` where every hop of a run makes its own. */
  z.strictObject({
    kind: z.literal('snapshot'),
    hop: z.exactOptional(name),
    verify: z.enum(snapshotVerifications),
    /** Free bytes and inodes wanted before the first byte is copied (growth and margin included). */
    needBytes: count,
    needInodes: count,
    /** How long it is kept from its making on, unless its run ends well and ages it then; left out: 30 days. */
    keepMs: z.exactOptional(count),
  }),
  /** A setting of the running database, by the engine's own closed list of keys; the receipt's effect tells what was there before. */
  z.strictObject({ kind: z.literal('set'), scope: z.enum(effectScopes), key: name, value: line(longestText) }),
  /** Puts back what an effect tells. `effect: null`: none is open, there is nothing to restore. Filled in by the dispatcher. */
  z.strictObject({ kind: z.literal('unset'), scope: z.enum(effectScopes), key: name, effect: effect.nullable() }),
  /** A verb of the driver. `token`: of an earlier step of the turn, opaque to all but the engine; filled in by the dispatcher. */
  z.strictObject({ kind: z.literal('act'), verb: name, args, token: z.exactOptional(z.string().max(longestText)) }),
  /**
   * Long work of the driver. `cursor`: what an attempt that was cut short had come to, told as its receipt's token, which this one goes on from;
   * filled in by the dispatcher.
   */
  z.strictObject({ kind: z.literal('job'), name, args, cursor: z.string().max(longestText).nullable() }),
  z.discriminatedUnion('action', [
    /** A new database beside others on the host; the receipt's token is its id. */
    z.strictObject({
      kind: z.literal('instance'),
      action: z.literal('create'),
      from: z.enum(['empty', 'clone', 'backup']),
      /** Instance or backup that it is made of; null: of nothing. */
      source: name.nullable(),
      ports: z.record(name, port).readonly(),
      ids: z.record(name, line(200)).readonly(),
    }),
    /** The instance is given up for good. */
    z.strictObject({ kind: z.literal('instance'), action: z.literal('retire') }),
  ]),
  /** A change that needs no restart: written, reloaded, read back. */
  z.strictObject({ kind: z.literal('configure'), config: configRevision }),
  z.discriminatedUnion('part', [
    /** The rollback of this run is given up and its release folder removed. */
    z.strictObject({ kind: z.literal('cleanup'), part: z.literal('previous-release'), keepRelease: name }),
    /** The run's snapshot, or that of one hop, is kept for so long from now on, then removed. */
    z.strictObject({ kind: z.literal('cleanup'), part: z.literal('snapshot'), hop: z.exactOptional(name), keepMs: durationMs }),
  ]),
] as const;

const orderBody = z.discriminatedUnion('kind', bodies);
export type OrderBody = Readonly<z.output<typeof orderBody>>;

/** The body as it travels and is kept. */
export const bodyText = (body: OrderBody): string => canonicalJson(body);

/**
 * The body of an order that somebody else made. Throws FailureError(usage, `malformed-order`), which names the field: also for JSON that is not
 * canonical, so that equal bodies have equal texts and no field hides behind another of the same name.
 */
export function parseOrderBody(text: string): OrderBody {
  if (text.length > mostInAll) throw malformed(`it is ${text.length} characters long, at most ${mostInAll} are allowed`);
  const parsed = orderBody.safeParse(jsonOf(text));
  if (!parsed.success) throw malformed(problemOf(parsed.error));
  if (canonicalJson(parsed.data) !== text) throw malformed('it is not canonical JSON');
  return parsed.data;
}

function jsonOf(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  checkSize(value, 'body', 0);
  return value;
}

/** Before the schema looks, which would follow any depth. */
function checkSize(value: unknown, path: string, depth: number): void {
  if (depth > deepest) throw malformed(`it is nested deeper than ${deepest}`);
  if (typeof value === 'string' && value.length > longestText)
    throw malformed(`${path} is ${value.length} characters long, at most ${longestText} are allowed`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) checkSize(member, Array.isArray(value) ? path : `${path}.${key}`, depth + 1);
}

/** The first thing that is wrong, where it stands. */
export function problemOf({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'it has an unknown form';
  const place = issue.path.length === 0 ? '' : `${issue.path.join('.')} `;
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${place}has an unknown field: ${issue.keys.slice(0, 3).map(quoted).join(', ')}`;
    case 'invalid_union':
      return `${place}is of an unknown kind`;
    case 'invalid_value':
      return `${place}is not one of ${issue.values.slice(0, 10).map(String).join(', ')}`;
    case 'invalid_type':
      return `${place}is not ${issue.expected === 'int' ? 'a count' : `of type ${issue.expected}`}`;
    default:
      return `${place}${issue.message}`;
  }
}

const quoted = (key: string): string => JSON.stringify(key.slice(0, 60));

function malformed(why: string): FailureError {
  return fail('usage', 'malformed-order', `invalid order body: ${why}`);
}
