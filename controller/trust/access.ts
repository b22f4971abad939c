/** PURE. Who a peer is by its certificate, and what it may see and do. */
import { type Failure, failure } from '../../common/failure.ts';
import { type CertificateFacts, standing } from '../../common/identity/certificates.ts';
import { type Identity, identityText } from '../../common/identity/identity.ts';
import { type Labels, type LabelTerm, parseSelector, type Selector, selects } from '../../common/labels.ts';
import type { Peer } from '../../common/link.ts';
import type { Binding, Revocation, Role } from '../store/trust-store.ts';
import { type MethodAccess, methodAccess } from './method-access.ts';

const enough: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer', 'operator', 'approver', 'admin'],
  operator: ['operator', 'admin'],
  approver: ['approver', 'admin'],
  admin: ['admin'],
};

/** Of this method; null: no caller may call it. */
export const accessOf = (path: string): MethodAccess | null => methodAccess.get(path) ?? null;

/**
 * Before the request is read: by class and, for people, whether any binding has the role. null: let it in.
 * @param bindings of this peer alone
 */
export function refusalOfCall(peer: Peer | null, path: string, bindings: readonly Binding[]): Failure | null {
  const access = accessOf(path);
  if (access === null) return failure('refused', 'unknown-method', `${path} is not a method of this controller`);
  const { caller } = access;
  if (caller === 'anyone') return null;
  if (peer === null)
    return failure('refused', 'no-certificate', `${path} requires a certificate of this fleet: enroll the host, or run drydock login`);
  const named = `${peer.class}:${peer.identity}`;
  const wrongClass = (wanted: string) => failure('refused', 'wrong-class', `${named} cannot call ${path}, only ${wanted} can`);
  switch (caller) {
    case 'enrolled':
      return null;
    case 'agents':
      return peer.class === 'agent' ? null : wrongClass('agents');
    case 'agents-and-people':
      return peer.class === 'agent' || peer.class === 'human' ? null : wrongClass('agents and people');
    default:
      if (peer.class !== 'human') return wrongClass('people');
      return withRole(bindings, caller).length > 0 ? null : noRole(named, path, caller);
  }
}

/** What a request is about, as far as roles have to do with it. */
export type Subject =
  | { readonly kind: 'anything' }
  | { readonly kind: 'fleet' }
  /** Labels of each cluster that it is about; an unknown one has none. */
  | { readonly kind: 'clusters'; readonly clusters: ReadonlyMap<string, Labels> }
  | { readonly kind: 'list'; readonly selector: Selector };

/** After the request was read: whether one binding of the role covers what it is about. null: it does. */
export function refusalOfSubject(peer: Peer, path: string, bindings: readonly Binding[], subject: Subject): Failure | null {
  const access = accessOf(path);
  if (access === null || isNoRole(access.caller)) return null;
  const named = `${peer.class}:${peer.identity}`;
  const selectors = withRole(bindings, access.caller).map(({ selector }) => selectorOf(selector));
  const covers = (test: (selector: Selector) => boolean) => selectors.some((selector) => selector.length === 0 || test(selector));
  switch (subject.kind) {
    case 'anything':
      return selectors.length > 0 ? null : noRole(named, path, access.caller);
    case 'fleet':
      return covers(() => false) ? null : outOfScope(named, access.caller, 'the whole fleet');
    case 'clusters': {
      const beyond = [...subject.clusters].find(([, labels]) => !covers((selector) => selects(selector, labels)));
      return beyond === undefined ? null : outOfScope(named, access.caller, `cluster ${beyond[0]}`);
    }
    case 'list':
      // What is asked for with all terms of a binding, and maybe more, is a part of what the binding covers.
      return covers((selector) => selector.every((term) => subject.selector.some((asked) => sameTerm(asked, term))))
        ? null
        : outOfScope(named, access.caller, `all clusters; limit the request with -l ${scopesText(bindings, access.caller)}`);
  }
}

/** Of a plan whose cluster is under four-eyes: who made it may not approve it, nor confirm a step of its run or finalize that. */
export function refusalOfFourEyes(
  actor: string,
  plannedBy: string,
  planId: string,
  labels: Labels,
  fourEyes: Selector | null,
  what: 'approve it' | 'confirm its steps' | 'finalize it' = 'approve it',
): Failure | null {
  if (fourEyes === null || actor !== plannedBy || !selects(fourEyes, labels)) return null;
  return failure('refused', 'four-eyes', `plan ${planId} was made by ${plannedBy}: another person must ${what}`);
}

const isNoRole = (caller: MethodAccess['caller']): caller is Exclude<MethodAccess['caller'], Role> => !(caller in enough);

const withRole = (bindings: readonly Binding[], role: Role): readonly Binding[] =>
  bindings.filter((binding) => enough[role].includes(binding.role));

/** A selector that cannot be read covers nothing. */
function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  return 'selector' in parsed ? parsed.selector : [{ key: '', value: '', not: false }];
}

const sameTerm = (a: LabelTerm, b: LabelTerm): boolean => a.key === b.key && a.value === b.value && a.not === b.not;

function scopesText(bindings: readonly Binding[], role: Role): string {
  return withRole(bindings, role)
    .map(({ selector }) => selector)
    .join(' or -l ');
}

function noRole(named: string, path: string, role: Role): Failure {
  return failure(
    'refused',
    'no-role',
    `${named} cannot call ${path}: it needs role ${role}; an admin grants it with drydock identity bind`,
  );
}

function outOfScope(named: string, role: Role, what: string): Failure {
  return failure('refused', 'out-of-scope', `${named} does not have role ${role} for ${what}`);
}

// From what a connection showed to who is there (PURE): a peer, or why it is none.

/** `problem`: what the TLS library says against it, as its error code; null: it was verified. */
export interface Presented {
  readonly problem: string | null;
  readonly facts: CertificateFacts;
}

export type Judged = { readonly identity: Identity } | { readonly refusal: Failure };

/** @param revocationOf of an identity, by `identityText`; null: it was not revoked */
export function judgePresented(presented: Presented, revocationOf: (identity: string) => Revocation | null, nowMs: number): Judged {
  const { problem, facts } = presented;
  const { identity } = facts;
  const whose = identity === null ? 'this certificate' : `the certificate of ${identityText(identity)}`;
  if (problem !== null && problem !== 'CERT_HAS_EXPIRED' && problem !== 'CERT_NOT_YET_VALID')
    return refused('certificate-untrusted', `${whose} is not from this fleet (${problem}): enroll again with a token of this controller`);
  if (identity === null)
    return refused('certificate-nameless', `${whose} has no identity: its only URI must be spiffe://drydock/CLASS/NAME`);
  // Asked anew for each call: a connection may outlive its certificate.
  const where = standing(facts, nowMs);
  if (where === 'expired' || problem === 'CERT_HAS_EXPIRED')
    return refused('certificate-expired', `${whose} expired at ${new Date(facts.notAfterMs).toISOString()}; ${comeBack(identity)}`);
  if (where === 'not-yet-valid' || problem !== null)
    return refused(
      'certificate-not-yet-valid',
      `${whose} is only valid from ${new Date(facts.notBeforeMs).toISOString()}: check the clocks of both machines`,
    );
  const revocation = revocationOf(identityText(identity));
  if (revocation !== null && !revocation.reissued.includes(facts.serial) && facts.notBeforeMs <= revocation.revokedAtMs)
    return refused(
      'certificate-revoked',
      `${whose} was revoked at ${new Date(revocation.revokedAtMs).toISOString()}; ${comeBack(identity)}`,
    );
  return { identity };
}

const refused = (code: string, message: string): Judged => ({ refusal: failure('refused', code, message) });

function comeBack({ class: of, name }: Identity): string {
  return of === 'agent'
    ? `run drydock token create --host ${name}, then drydock-agent enroll on that host`
    : `ask an admin for a token (drydock token create --person ${name}), then run drydock login`;
}
