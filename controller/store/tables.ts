/** The rows as Kysely sees them; migrations.ts is what makes them. JSON columns are text, so that digests cover the very bytes. */
import type { Generated } from 'kysely';

export interface Tables {
  chains: { ordinal: Generated<number>; chain: string; seq: number; head: string };
  events: { chain: string; seq: number; v: number; at_ms: number; body: string; hash: string };
  /** The newest of each chain, signed. */
  checkpoints: {
    chain: string;
    seq: number;
    head: string;
    at_ms: number;
    number: number;
    chains: number;
    key: string;
    signature: string;
  };
  /** Evidence that hosts keep of another history, which a person let stand. */
  accepted_anchors: { chain: string; seq: number; head: string };
  clusters: {
    cluster: string;
    engine: string;
    database_id: string;
    expected_members: number;
    instances: string;
    adopted_at_ms: number;
  };
  cluster_labels: { cluster: string; key: string; value: string };
  claims: { cluster: string; epoch: number; writer: string; at_ms: number };
  /** `seen`: all but name and time, as JSON. */
  hosts: { host: string; seen: string; last_seen_at_ms: number };
  adopted_fences: { cluster: string; epoch: number; writer: string };
  adopted_orders: { order_id: string; epoch: number; writer: string; order_json: string; receipt_json: string | null };
  releases: {
    engine: string;
    version: string;
    arch: string;
    release: string;
    artifacts: string;
    file_names: string;
    added_at_ms: number;
    actor: string;
  };
  rule_packs: {
    engine: string;
    digest: string;
    version: number;
    file_name: string;
    text: string;
    imported_at_ms: number;
    actor: string;
  };
  /** The newest of an engine is active; digest null: the built-in pack. */
  rule_choices: { ordinal: Generated<number>; engine: string; digest: string | null; at_ms: number; actor: string };
  run_numbers: { last: number };
  /** `json` comes last, so that a list need not read through it. */
  plans: {
    ordinal: Generated<number>;
    plan_id: string;
    /** null: it is not approved yet. */
    run_id: string | null;
    cluster: string;
    engine: string;
    from_version: string;
    to_version: string;
    direction: string;
    goal: string;
    digest: string;
    actor: string;
    made_at_ms: number;
    json: string;
    /** The address from which it was asked for; null: not known. */
    made_from: string | null;
  };
  runs: {
    ordinal: Generated<number>;
    run_id: string;
    plan_id: string;
    cluster: string;
    engine: string;
    state: string;
    /** Its place in lists: when it was started, and until then when it was written first. */
    listed_at_ms: number;
    started_at_ms: number | null;
    ended_at_ms: number | null;
    end_reason: string | null;
    /** How many keep it, of one that is active or rests. */
    holds: number;
    cursor: number;
    fold_version: number;
    /** The event that the status was folded up to; it is not written at each event. */
    status_cursor: number;
    status_json: string;
  };
  orders: {
    order_id: string;
    run_id: string;
    state: 'dispatched' | 'ended' | 'unknown';
    order_json: string;
    receipt_json: string | null;
  };
  /** Of orders whose receipts retention removed. */
  given_orders: { order_id: string; epoch: number; writer: string };
  ordered_hosts: { cluster: string; host: string };
  removed_runs: { run_id: string; plan_id: string; cluster: string; state: string; ended_at_ms: number; removed_at_ms: number };
  admissions: {
    run_id: string;
    subject: string;
    at_ms: number;
    verdict: 'allow' | 'wait' | 'deny';
    reason: string;
    next_probe_at_ms: number | null;
  };
  /** `identity` everywhere: `agent:db-1`. */
  identities: { identity: string; enrolled_at_ms: number | null; revoked_at_ms: number | null };
  /** `hash`: digest of the secret; `key_digest`: of the key that used it. */
  tokens: {
    hash: string;
    identity: string;
    expires_at_ms: number;
    role: string | null;
    selector: string;
    key_digest: string | null;
    used_at_ms: number | null;
  };
  certificates: { serial: string; identity: string; issued_at_ms: number; not_after_ms: number };
  bindings: { identity: string; role: string; selector: string };
}
