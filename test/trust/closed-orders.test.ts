/**
 * P13, in one place: where each string from the wire is parsed before it reaches an argument vector, a path or SQL.
 *
 * | from | parsed by | used for |
 * |---|---|---|
 * | a person's request | `controller/server/requests.ts`, a schema per method; free text only in the fields below | SQL by bound values alone (Kysely); the digest of an artifact is 64 hex digits before it is a path (`ArtifactStore.pathOf`) |
 * | an agent's message | `proto/wire/` (`forms.ts`, `bounds.ts`), and its host by its certificate | memory and bound values |
 * | a certificate request, a token | `controller/trust/issuing.ts`, `common/identity/token.ts` | names by `identityNameForm`; the secret as its digest |
 * | an order, on the host | `common/order-body.ts` (one closed union, unknown kinds and fields refused), then `agent/orders/admission.ts` (closed words of the driver) and the driver's own argument schemas | argument vectors of local settings; paths below folders of local settings; never a shell |
 */
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseIdentityText, parseIdentityUri } from '../../common/identity/identity.ts';
import { parseOrderBody } from '../../common/order-body.ts';
import { ArtifactStore } from '../../controller/operations/artifact-store.ts';
import { requests } from '../../controller/server/requests.ts';
import { digestFromWire, nameFromWire } from '../../proto/wire/forms.ts';

const hostile = [
  '../../etc/passwd',
  '/etc/passwd',
  'a/../../b',
  '; rm -rf /',
  '$(reboot)',
  '`id`',
  '| nc evil 1',
  "x' OR '1'='1",
  '"; DROP TABLE runs; --',
  'a\nb',
  'a\0b',
  '-rf',
  '--help',
  ' ',
];

/** Text for people: kept, shown by `common/printable.ts`, and part of no path, argument or statement. */
const freeText = new Set(['reason', 'text', 'fileName']);
/** Compared in memory or bound to a statement as it is: versions of rule packs, the mark of a page, selectors (whose labels may hold slashes). */
const compared = new Set([
  'FindPath.from',
  'FindPath.to',
  'ListReleases.after',
  'CreateToken.selector',
  'BindRole.selector',
  'UnbindRole.selector',
]);

describe('P13 strings of a request', () => {
  const fields = Object.entries(requests).flatMap(([method, schema]) =>
    Object.entries(schema.shape as Record<string, z.ZodType>).map(([field, of]) => ({ method, field, of })),
  );

  it('pass a typed parser: what would mean something to a path, a shell or SQL is refused, but for named free text', () => {
    expect(fields.length).toBeGreaterThan(100);
    for (const { method, field, of } of fields) {
      if (freeText.has(field) || compared.has(`${method}.${field}`)) continue;
      for (const text of hostile) {
        const parsed = of.safeParse(text);
        // A selector of blanks alone selects everything; what is parsed is no string any more.
        const isText = parsed.success && typeof parsed.data === 'string' && parsed.data.trim() !== '';
        expect(isText, `${method}.${field} takes ${JSON.stringify(text)}`).toBe(false);
      }
    }
  });

  it('that are free text hold no control characters, but for the text of a rule pack', () => {
    for (const { method, field, of } of fields) {
      if (!freeText.has(field) || field === 'text') continue;
      for (const text of ['a\nb', 'a\0b', '\u001b[2J']) expect(of.safeParse(text).success, `${method}.${field}`).toBe(false);
    }
  });
});

describe('P13 names and digests of messages and certificates', () => {
  it.each(hostile)('%j is none', (text) => {
    expect(() => nameFromWire(text, 'host')).toThrow();
    expect(() => digestFromWire(text, 'digest')).toThrow();
    expect(() => new ArtifactStore('/nowhere').pathOf(text)).toThrow(/is not a valid digest/);
    expect(parseIdentityText(`agent:${text}`)).toBeNull();
    expect(parseIdentityUri(`spiffe://drydock/agent/${text}`)).toBeNull();
  });
});

describe('P13 orders', () => {
  it.each([
    ['a kind that there is not', { kind: 'run', argv: ['sh', '-c', 'reboot'] }],
    ['a field that there is not', { kind: 'observe', checks: [], argv: ['reboot'] }],
    ['no kind', { argv: ['reboot'] }],
    ['a list in the place of a body', ['reboot']],
  ])('%s is refused', (_what, body) => {
    expect(() => parseOrderBody(JSON.stringify(body))).toThrow();
  });
});
