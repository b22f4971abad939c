/** What the wire may ask, checked field by field. Nothing from a request reaches a path, a query or a log before it passed here. */
import { z } from 'zod';
import { reasonPlaceholder } from '../../common/commands.ts';
import { runStates } from '../../common/documents/runs.ts';
import { fail } from '../../common/failure.ts';
import { type Identity, parseIdentityText } from '../../common/identity/identity.ts';
import { labelKey, labelValue, parseSelector, type Selector, selector } from '../../common/labels.ts';
import { type ConfigChange, snapshotVerifications } from '../../common/orders.ts';
import { plainText } from '../../common/plain-text.ts';
import { longestAskedMs } from '../../common/word-forms.ts';
import { hostStates } from '../operations/hosts.ts';
import { clusterStates } from '../operations/list-clusters.ts';
import { openStates } from '../store/run-lists.ts';
import type { ListPlace, ListQuery } from '../store/store.ts';
import { roles } from '../store/trust-store.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/, 'expected a name of letters, digits, dots, dashes and underscores');
const version = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+~:-]{0,99}$/, 'expected a version');
const engine = z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, 'expected the name of an engine');
const anyEngine = z.union([z.literal(''), engine]);
/** Versions on the way, in its order. */
const via = z.array(version).max(20, 'expected at most 20 versions');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hex digits');
const count = z.number().int('expected a whole number').min(0, 'expected a whole number ≥ 0').max(Number.MAX_SAFE_INTEGER);
const duration = count.max(longestAskedMs, 'expected at most one year');
/** A field that may be left out for the planner's default: null then. */
const leftOut = (number: typeof count) => number.optional().transform((given) => given ?? null);
/** A field that is empty when nothing is said: null then. */
const orNone = <Schema extends z.ZodType>(schema: Schema) => z.union([z.literal('').transform(() => null), schema]);
const configKey = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.$-]{0,199}$/, 'expected the name of a setting');
const configEdit = z
  .object({
    key: configKey,
    setValue: z
      .string()
      .max(10_000)
      .regex(/^[^\p{Cc}]*$/u, 'expected one line of text')
      .optional(),
    renameTo: configKey.optional(),
    remove: z.boolean().optional(),
  })
  .transform(({ key, setValue, renameTo, remove }, context): ConfigChange => {
    if (setValue !== undefined) return { op: 'set', key, value: setValue };
    if (renameTo !== undefined) return { op: 'rename', key, to: renameTo };
    if (remove !== true) context.addIssue(`${key}: expected set, rename or remove`);
    return { op: 'remove', key };
  });
const remark = z
  .string()
  .trim()
  .max(1000, 'expected at most 1000 characters')
  .regex(/^[^\p{Cc}]*$/u, 'expected one line of text')
  .refine((text) => text !== reasonPlaceholder, `expected your own words in place of ${reasonPlaceholder}`);
const reason = remark.min(1, 'expected a reason');
const fileName = z.string().regex(/^[^/\p{Cc}]{1,255}$/u, 'expected a file name without folders');
/** Empty: the one active. */
const pack = z.string().regex(/^(built-in|(sha256:)?[0-9a-f]{4,64})?$/, 'expected built-in or at least four hex digits of a digest');
const state = z.string().regex(/^[a-z][a-z-]{0,29}$/, 'expected the name of a state');
const badLabel = 'expected a label as key=value, of letters, digits, dots, dashes, underscores and slashes';
/** The part of a list that is asked for. */
const listed = {
  cluster: orNone(name),
  engine: orNone(engine),
  state: orNone(state),
  version: orNone(version),
  sinceMs: count.transform((ms) => (ms === 0 ? null : ms)),
  selector,
  pageSize: count,
  after: z.string().regex(/^(\d{1,15}\.\d{1,15})?$/, 'expected a page token as returned by the previous page'),
} as const;
/** Of lists that are walked by name. */
const afterName = z.union([z.literal(''), name]);
const traits = z.record(z.string().max(100), z.string().max(200));
const identity = z.string().transform((text, context): Identity => {
  const parsed = parseIdentityText(text);
  if (parsed !== null && parsed.class !== 'controller') return parsed;
  context.addIssue('expected agent:HOST or human:NAME');
  return { class: 'human', name: '-' };
});
const role = z.enum(roles, 'expected viewer, operator, approver or admin');
/** Checked here, kept as its text: people read it as it was given. */
const selectorText = z.string().superRefine((text, context) => {
  const parsed = parseSelector(text);
  if ('complaint' in parsed) context.addIssue(parsed.complaint);
});
/** A token is used soon, or it lies about. */
const longestTokenMs = 7 * 24 * 3_600_000;
const runId = name;
const planId = name;
const step = name;

const artifact = z.object({
  role: z.enum(['server', 'runtime', 'extensions']),
  digest,
  sizeBytes: count.min(1, 'expected at least one byte'),
  fileName,
});

/** By method of the Operator service. */
export const requests = {
  ListClusters: z.object({
    selector,
    engine: orNone(engine),
    version: orNone(version),
    state: orNone(z.enum(clusterStates, `expected ${clusterStates.join(', ')}`)),
    after: afterName,
    pageSize: count,
  }),
  LabelCluster: z.object({
    cluster: name,
    set: z.record(z.string().regex(labelKey, badLabel), z.string().regex(labelValue, badLabel)),
    remove: z.array(z.string().regex(labelKey, badLabel)).max(100),
  }),
  GetCluster: z.object({ cluster: name }),
  AdoptCluster: z.object({
    cluster: name,
    members: count.min(1, 'expected the number of members').max(10_000),
    reason: remark,
    fewerThanSeen: z.boolean(),
  }),
  AdoptFleet: z.object({ reason }),
  ForgetCluster: z.object({ cluster: name, reason }),
  ListSnapshots: z.object({
    ...{ cluster: orNone(name), engine: orNone(engine), version: orNone(version) },
    ...{ after: afterName, pageSize: count, selector },
  }),
  RemoveSnapshot: z.object({ snapshot: name, reason: remark }),
  ListHosts: z.object({
    selector,
    engine: orNone(engine),
    version: orNone(version),
    state: orNone(z.enum(hostStates, `expected ${hostStates.join(' or ')}`)),
    after: afterName,
    pageSize: count,
  }),
  GetHost: z.object({ host: name }),
  ForgetHost: z.object({ host: name, reason: remark }),
  ListReleases: z.object({ engine: anyEngine, version: orNone(version), after: z.string().max(400), pageSize: count }),
  RemoveRelease: z.object({ engine, release: version, arch: z.enum(['', 'x64', 'arm64'], 'expected x64 or arm64'), reason: remark }),
  VerifyReleases: z.object({ engine: anyEngine }),
  FindPath: z.object({
    engine,
    from: z.string().min(1).max(100),
    to: z.string().min(1).max(100),
    os: z.union([z.literal(''), name]),
    arch: z.union([z.literal(''), name]),
    traits,
    via,
  }),
  ListRules: z.object({ engine: anyEngine }),
  ShowRules: z.object({ engine, pack }),
  DiffRules: z.object({ engine, packA: pack, packB: pack }),
  ImportRules: z.object({ fileName, text: z.string().min(1, 'expected the text of a rule pack').max(1_000_000, 'expected at most 1 MB') }),
  RevertRules: z.object({ engine, pack: pack.min(1, 'expected built-in or a prefix of a digest') }),
  MakePlan: z.object({
    cluster: name,
    toVersion: orNone(version),
    canary: leftOut(count.max(10_000)),
    settleMs: leftOut(duration),
    soakMs: leftOut(duration),
    finalize: orNone(z.enum(['on-command', 'auto'], 'expected on-command or auto')),
    finalizeWithinMs: leftOut(duration),
    downgrade: z.boolean(),
    primary: orNone(z.enum(['switchover', 'restart'], 'expected switchover or restart')),
    config: z.array(configEdit).max(1000),
    restart: z.boolean(),
    configOptional: z.boolean(),
    via,
    snapshot: orNone(z.enum(snapshotVerifications, 'expected none, list or restore-compare')),
    snapshotKeepMs: leftOut(duration),
    restoreRun: orNone(name),
    restoreInstance: orNone(name),
    again: z.boolean(),
    approval: orNone(z.enum(['plan', 'hop'], 'expected plan or hop')),
    traits,
  }),
  ListPlans: z.object(listed),
  GetPlan: z.object({ planId }),
  DiffPlans: z.object({ planA: planId, planB: planId }),
  ApprovePlan: z.object({ planId, digest }),
  DiscardPlan: z.object({ planId, reason: remark }),
  StartRun: z.object({ planId }),
  ListRuns: z.object({ openOnly: z.boolean(), ...listed }),
  CreateToken: z.object({
    identity,
    ttlMs: count.min(60_000, 'expected at least one minute').max(longestTokenMs, 'expected at most 7 days'),
    role: orNone(role),
    selector: selectorText,
  }),
  ListIdentities: z.object({
    class: orNone(z.enum(['agent', 'human'], 'expected agent or human')),
    after: z.union([
      z.literal(''),
      z.string().regex(/^(agent|human):[A-Za-z0-9._-]{1,100}$/, 'expected a page token as returned by the previous page'),
    ]),
  }),
  BindRole: z.object({ identity, role, selector: selectorText }),
  UnbindRole: z.object({ identity, role, selector: selectorText }),
  RevokeIdentity: z.object({ identity, reason }),
  GetRun: z.object({ runId }),
  WatchRun: z.object({ runId, afterSeq: count }),
  PauseRun: z.object({ runId, reason: remark }),
  ResumeRun: z.object({ runId }),
  AbortRun: z.object({ runId, reason: remark }),
  RollbackRun: z.object({ runId, reason: remark }),
  RetryStep: z.object({ runId, step }),
  ResolveStep: z.object({ runId, step, as: z.enum(['done', 'failed'], 'expected done or failed'), reason }),
  ConfirmStep: z.object({ runId, step, digest, reason }),
  ExcludeNode: z.object({ runId, instance: name, reason }),
  FinalizeRun: z.object({ runId, digest, reason: remark }),
  GetReport: z.object({ runId }),
  ListAudit: z.object({ chain: z.union([z.literal(''), name]), afterSeq: count, pageSize: count }),
  VerifyAudit: z.object({}),
  ReadDocument: z.object({ digest, offset: count }),
  GetVersion: z.object({}),
} as const;

export const releaseDescription = z.object({
  engine,
  version,
  arch: z.enum(['x64', 'arm64'], 'expected x64 or arm64'),
  artifacts: z.array(artifact).min(1, 'expected at least one artifact').max(8),
});

/** Throws FailureError(usage, `bad-request`) that names each field. */
export function parseRequest<S extends z.ZodType>(schema: S, request: unknown): z.output<S> {
  const parsed = schema.safeParse(request, plainText);
  if (parsed.success) return parsed.data;
  const texts = parsed.error.issues.map(({ path, message }) => `${path.length === 0 ? 'request' : path.join('.')}: ${message}`);
  throw fail('usage', 'bad-request', texts.join('; '));
}

/** A page must fit into one message. */
const largestPage = 500;

interface Asked {
  readonly cluster: string | null;
  readonly engine: string | null;
  readonly state: string | null;
  readonly version: string | null;
  readonly selector: Selector;
  readonly sinceMs: number | null;
  readonly pageSize: number;
  /** Mark of the page before; empty: from the newest. */
  readonly after: string;
}

/** FailureError(usage, `unknown-state`). */
export function listQuery({ cluster, engine, state, version, selector, sinceMs, pageSize, after }: Asked): ListQuery {
  const limit = pageSize === 0 ? largestPage : Math.min(pageSize, largestPage);
  return { cluster, engine, states: statesNamed(state), version, selector, sinceMs, after: placeOf(after), limit };
}

function statesNamed(state: string | null): ListQuery['states'] {
  if (state === null) return null;
  if (state === 'open') return openStates;
  if ((runStates as readonly string[]).includes(state)) return [state];
  throw fail(
    'usage',
    'unknown-state',
    `unknown state ${state}; expected one of ${runStates.join(', ')}, or open for those that have not ended`,
  );
}

function placeOf(mark: string): ListPlace | null {
  const [atMs, ordinal] = mark.split('.').map(Number);
  return atMs === undefined || ordinal === undefined ? null : { atMs, ordinal };
}
