/**
 * PURE. What the notes of a release ask for, set against the database: for each task of the rules a question that finds the objects it is
 * about. The catalogs are read and nothing else. Sources: the pages https://www.postgresql.org/docs/release/X/ that the rules name.
 */

export interface Inquiry {
  /** Asked once; left out: in each database. */
  readonly scope?: 'server';
  /** Rows with one column, `name`. Right for every major since 12. */
  readonly sql: string;
  /** Why an object that was found need not be affected, as no catalog tells; left out: what is found is affected. */
  readonly doubt?: string;
}

const ofUsers = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(temp|toast_temp)_'`;

/** Of users' indexes of one access method (empty: of all), and what else must be so of them: x is pg_index, c the index, n its schema. */
const amongIndexes = (method: string, condition: string): string =>
  `FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
    WHERE c.relkind = 'i' AND ${ofUsers}${method === '' ? '' : ` AND m.amname = '${method}'`} AND ${condition}`;

const indexes = (method: string, condition = 'true'): string =>
  `SELECT format('%I.%I', n.nspname, c.relname) AS name ${amongIndexes(method, condition)}`;

/** One of the index's operator classes is such: o is pg_opclass, t the type that it is for. */
const withOperatorClass = (condition: string): string => `EXISTS (SELECT FROM unnest(x.indclass::oid[]) AS k (id)
      JOIN pg_opclass o ON o.oid = k.id JOIN pg_type t ON t.oid = o.opcintype WHERE ${condition})`;

const overTypes = (...types: readonly string[]): string =>
  withOperatorClass(`t.typname IN (${types.map((type) => `'${type}'`).join(', ')})`);

const nullableKey = `EXISTS (SELECT FROM unnest(x.indkey::int2[]) AS k (at)
  LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.at WHERE k.at = 0 OR NOT a.attnotnull)`;

// 100 is the collation "default": that of the database.
const onlyCtypeIsC = `100 = ANY (x.indcollation::oid[]) AND EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database()
  AND d.datctype IN ('C', 'POSIX') AND d.datcollate NOT IN ('C', 'POSIX'))`;

/** Foreign keys that stand for themselves, not for that of a parent table: k is pg_constraint. */
const foreignKeys = (condition: string): string =>
  `SELECT format('%s of %s', k.conname, k.conrelid::regclass) AS name FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND ${condition}`;

const isPartitioned = (table: string): string => `EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = ${table})`;

const stringSettings = `'^(standard_conforming_strings=(off|false|no|0)|escape_string_warning=)'`;

const unrecorded = 'nothing records which of them were built with CONCURRENTLY';

export const inquiries: Readonly<Record<string, Inquiry>> = {
  'allow-output-plugins': {
    scope: 'server',
    sql: `SELECT format('slot %s by plugin %s', slot_name, plugin) AS name FROM pg_replication_slots
      WHERE slot_type = 'logical' AND plugin NOT IN ('pgoutput', 'test_decoding')`,
  },
  'analyze-tables-with-gin': { sql: `SELECT DISTINCT x.indrelid::regclass::text AS name ${amongIndexes('gin', 'true')}` },
  'apply-fix-cve-2024-4317': {
    sql: `SELECT v.oid::regclass::text AS name FROM pg_class v WHERE v.relnamespace = 'pg_catalog'::regnamespace
      AND v.relname IN ('pg_stats_ext', 'pg_stats_ext_exprs') AND pg_get_viewdef(v.oid) !~ 'pg_has_role'`,
  },
  'check-foreign-keys-to-partitioned-tables': { sql: foreignKeys(isPartitioned('k.confrelid')) },
  'drop-own-uuid-bytea-casts': {
    sql: `SELECT format('cast from %s to %s', castsource::regtype, casttarget::regtype) AS name FROM pg_cast WHERE oid >= 16384
      AND ((castsource = 'uuid'::regtype AND casttarget = 'bytea'::regtype) OR (castsource = 'bytea'::regtype AND casttarget = 'uuid'::regtype))`,
  },
  'drop-string-settings-of-functions': {
    sql: `SELECT f.oid::regprocedure::text AS name FROM pg_proc f WHERE EXISTS (SELECT FROM unnest(f.proconfig) AS s (word) WHERE s.word ~ ${stringSettings})`,
  },
  // A key has one more entry for each partition of the tables at its two ends; a detached partition was left with too few. Tables that refer to
  // themselves are the other task's.
  'recreate-foreign-keys-of-detached-partitions': {
    sql: foreignKeys(`k.conrelid <> k.confrelid AND (SELECT count(*) FROM pg_constraint child WHERE child.conparentid = k.oid) <>
      (SELECT count(*) FROM pg_inherits i JOIN pg_partitioned_table p ON p.partrelid = i.inhparent WHERE i.inhparent IN (k.conrelid, k.confrelid))`),
  },
  'recreate-self-referencing-foreign-keys': { sql: foreignKeys(`k.conrelid = k.confrelid AND ${isPartitioned('k.conrelid')}`) },
  'reencrypt-pgcrypto-messages': {
    sql: `SELECT 'extension pgcrypto' AS name FROM pg_extension WHERE extname = 'pgcrypto'`,
    doubt: 'only an owner of the keys can find out whether messages were made with a cipher that OpenSSL refused',
  },
  'reindex-as-changelog-says': {
    sql: indexes(''),
    doubt: 'the entries that mention REINDEX name those that may be damaged',
  },
  'reindex-brin-bloom': { sql: indexes('brin', withOperatorClass(`o.opcname ~ '_bloom_ops$'`)) },
  'reindex-brin-datetime-minmax-multi': {
    sql: indexes('brin', withOperatorClass(`o.opcname ~ '^(date|timestamp|timestamptz)_minmax_multi_ops$'`)),
  },
  'reindex-brin-nullable': { sql: indexes('brin', nullableKey) },
  'reindex-brin-numeric-minmax-multi': { sql: indexes('brin', withOperatorClass(`o.opcname = 'numeric_minmax_multi_ops'`)) },
  'reindex-btree-character': { sql: indexes('btree', overTypes('bpchar')) },
  'reindex-btree-gist-bit': { sql: indexes('gist', overTypes('bit', 'varbit')) },
  'reindex-btree-gist-float': { sql: indexes('gist', overTypes('float4', 'float8')) },
  'reindex-btree-interval': { sql: indexes('btree', overTypes('interval')) },
  'reindex-btree-ltree-long': {
    sql: indexes('btree', overTypes('ltree')),
    doubt: 'only values of more than about 14,653 labels are wrong in them',
  },
  'reindex-built-beside-prepared-transactions': {
    sql: indexes('', `current_setting('max_prepared_transactions')::int > 0`),
    doubt: unrecorded,
  },
  'reindex-concurrently-built': { sql: indexes(''), doubt: unrecorded },
  'reindex-gin-in-doubt': {
    sql: indexes('gin'),
    doubt: 'pages that were split at the same time may be damaged in them; no catalog shows it',
  },
  'reindex-gist': { sql: indexes('gist') },
  'reindex-gist-ltree': { sql: indexes('gist', overTypes('ltree')) },
  'reindex-ltree': { sql: indexes('', overTypes('ltree', '_ltree')) },
  'reindex-text-where-ctype-is-c': { sql: indexes('', onlyCtypeIsC) },
  'reindex-toast-built-concurrently': {
    sql: `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.reltoastrelid <> 0 AND c.relkind IN ('r', 'm') AND ${ofUsers}`,
    doubt: unrecorded,
  },
  'reset-string-settings': {
    scope: 'server',
    sql: `SELECT coalesce('role ' || r.rolname, '') || coalesce(' database ' || d.datname, '') AS name FROM pg_db_role_setting s
      LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
      WHERE EXISTS (SELECT FROM unnest(s.setconfig) AS w (word) WHERE w.word ~ ${stringSettings})`,
  },
  'take-full-backup-before-incremental': {
    scope: 'server',
    sql: `SELECT 'summarize_wal = on' AS name WHERE current_setting('summarize_wal', true) = 'on'`,
  },
};

/** Tasks of the rules that a database can be asked about. */
export const inquirable: readonly string[] = Object.keys(inquiries);
