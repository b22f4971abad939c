import { describe, expect, it } from 'vitest';
import { parseSelector, type Selector } from '../../common/labels.ts';
import type { Peer } from '../../common/link.ts';
import { type Binding, type Role, roles } from '../../controller/store/trust-store.ts';
import { refusalOfCall, refusalOfFourEyes, refusalOfSubject, type Subject } from '../../controller/trust/access.ts';
import { type Caller, methodAccess } from '../../controller/trust/method-access.ts';
import { drydockV1 } from '../../proto/loader.ts';

const anna = { class: 'human', name: 'anna' } as const;
const binding = (role: Role, selector = ''): Binding => ({ identity: anna, role, selector });
const peer = (of: Peer['class']): Peer => ({ class: of, identity: of === 'human' ? 'anna' : 'db-1', address: '10.0.0.1:1' });

const everyMethod = [drydockV1.Operator, drydockV1.AgentLink, drydockV1.Artifacts, drydockV1.Enrolment].flatMap(({ service }) =>
  Object.values(service as Record<string, { readonly path: string }>).map(({ path }) => path),
);

/** Who may call a method, said here once more and apart from the table's own code. */
const mayCall: Readonly<Record<Caller, (of: Peer['class'] | null, role: Role | null) => boolean>> = {
  anyone: () => true,
  enrolled: (of) => of !== null,
  agents: (of) => of === 'agent',
  'agents-and-people': (of) => of === 'agent' || of === 'human',
  viewer: (of, role) => of === 'human' && role !== null,
  operator: (of, role) => of === 'human' && (role === 'operator' || role === 'admin'),
  approver: (of, role) => of === 'human' && (role === 'approver' || role === 'admin'),
  admin: (of, role) => of === 'human' && role === 'admin',
};

describe('P12 the table of methods', () => {
  it('has a row for every method of every service, and no other', () => {
    const health = [...methodAccess.keys()].filter((path) => path.startsWith('/grpc.health.v1.Health/'));
    expect([...methodAccess.keys()].sort()).toEqual([...everyMethod, ...health].sort());
    expect(everyMethod.length).toBeGreaterThan(50);
  });

  it('lets every class and every role call what its row says and nothing else', () => {
    let cells = 0;
    for (const [path, { caller }] of methodAccess)
      for (const of of [null, 'agent', 'human', 'controller'] as const)
        for (const role of of === 'human' ? [null, ...roles] : [null]) {
          const refused = refusalOfCall(of === null ? null : peer(of), path, role === null ? [] : [binding(role)]);
          expect(refused === null, `${path} by ${of ?? 'nobody'} as ${role ?? 'nothing'}: ${refused?.message ?? 'allowed'}`).toBe(
            mayCall[caller](of, role),
          );
          if (refused !== null)
            expect(refused).toMatchObject({
              class: 'refused',
              code: of === null ? 'no-certificate' : expect.stringMatching(/^(wrong-class|no-role)$/),
            });
          cells += 1;
        }
    expect(cells).toBe(methodAccess.size * 8);
  });

  it('lets nobody call what has no row', () => {
    for (const of of [null, 'agent', 'human', 'controller'] as const)
      expect(refusalOfCall(of === null ? null : peer(of), '/drydock.v1.Operator/Format', [binding('admin')])).toMatchObject({
        code: 'unknown-method',
      });
  });
});

const selector = (text: string): Selector => {
  const parsed = parseSelector(text);
  if (!('selector' in parsed)) throw new Error(parsed.complaint);
  return parsed.selector;
};
const clusters = (labels: Readonly<Record<string, Readonly<Record<string, string>>>>): Subject => ({
  kind: 'clusters',
  clusters: new Map(Object.entries(labels)),
});
const subject = (path: string, bindings: readonly Binding[], of: Subject) =>
  refusalOfSubject(peer('human'), `/drydock.v1.Operator/${path}`, bindings, of)?.code ?? 'allowed';

describe('P12 a role over some clusters', () => {
  const prod = clusters({ 'pg-main': { env: 'prod' } });
  const mixed = clusters({ 'pg-main': { env: 'prod' }, 'pg-test': { env: 'test' } });

  it.each([
    ['GetRun', [binding('viewer')], prod, 'allowed'],
    ['GetRun', [binding('viewer', 'env=prod')], prod, 'allowed'],
    ['GetRun', [binding('viewer', 'env=test')], prod, 'out-of-scope'],
    ['GetRun', [binding('viewer', 'env=test'), binding('viewer', 'env=prod')], prod, 'allowed'],
    ['PauseRun', [binding('viewer'), binding('operator', 'env=test')], prod, 'out-of-scope'],
    ['ApprovePlan', [binding('operator'), binding('approver', 'env=prod')], prod, 'allowed'],
    ['DiffPlans', [binding('viewer', 'env=prod')], mixed, 'out-of-scope'],
    ['DiffPlans', [binding('viewer', 'env=prod'), binding('viewer', 'env=test')], mixed, 'allowed'],
    ['GetCluster', [binding('viewer', 'env=prod')], clusters({ unknown: {} }), 'out-of-scope'],
    ['ListRules', [binding('viewer', 'env=prod')], { kind: 'anything' }, 'allowed'],
    ['CreateToken', [binding('admin', 'env=prod')], { kind: 'fleet' }, 'out-of-scope'],
    ['CreateToken', [binding('admin')], { kind: 'fleet' }, 'allowed'],
    ['GetRun', [binding('viewer', 'no selector!!')], prod, 'out-of-scope'],
  ] as const)('%s with %j', (path, bindings, of, expected) => {
    expect(subject(path, bindings, of)).toBe(expected);
  });

  it('sees lists that ask for no more than it covers', () => {
    const list = (text: string): Subject => ({ kind: 'list', selector: selector(text) });
    const scoped = [binding('viewer', 'env=prod,tier=gold')];
    expect(subject('ListClusters', scoped, list(''))).toBe('out-of-scope');
    expect(subject('ListClusters', scoped, list('env=prod'))).toBe('out-of-scope');
    expect(subject('ListClusters', scoped, list('env=prod,tier!=gold'))).toBe('out-of-scope');
    expect(subject('ListClusters', scoped, list('tier=gold,env=prod'))).toBe('allowed');
    expect(subject('ListClusters', scoped, list('tier=gold,env=prod,!legacy'))).toBe('allowed');
    expect(subject('ListClusters', [binding('viewer')], list(''))).toBe('allowed');
  });
});

it('P12 who planned may not approve where four eyes are asked for', () => {
  const refused = (by: string, labels: Readonly<Record<string, string>>, policy: Selector | null) =>
    refusalOfFourEyes('human:anna', by, 'p-1', labels, policy)?.code ?? 'allowed';
  expect(refused('human:anna', { env: 'prod' }, selector('env=prod'))).toBe('four-eyes');
  expect(refused('human:bert', { env: 'prod' }, selector('env=prod'))).toBe('allowed');
  expect(refused('human:anna', { env: 'test' }, selector('env=prod'))).toBe('allowed');
  expect(refused('human:anna', { env: 'prod' }, null)).toBe('allowed');
});
