/**
 * `npx tsx test/quay/serve.ts KIND`: a controller over a toy fleet in memory, to try plans of that kind by the real command line until Ctrl-C.
 * Its day begins on 2026-01-01, and a second there is one here.
 */

import { systemClock } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import { agentCertificateMs, humanCertificateMs } from '../../common/identity/certificates.ts';
import { silentLog } from '../../common/log.ts';
import { withWholeIds } from '../../controller/operations/known-run.ts';
import { startGrpcServer } from '../../controller/server/grpc-server.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import { createTrust } from '../../controller/trust/trust.ts';
import { testAuthority, tester, testerFolder } from '../identities.ts';
import { openQuay, type QuayKind, quayKinds } from './open.ts';

const kind = process.argv[2] ?? '';
if (!Object.hasOwn(quayKinds, kind)) {
  console.error(`serve: expected a kind of plan, one of ${Object.keys(quayKinds).join(', ')}; found "${kind}"`);
  process.exit(2);
}
const stage = await openQuay(kind as QuayKind);
const { plans, runs, store } = stage.controller;
const absent = new Proxy(
  {},
  { get: () => () => Promise.reject(fail('refused', 'not-here', 'a toy fleet has plans and runs, and nothing else')) },
);
const others = ['adoption', 'backups', 'clusters', 'hosts', 'identities', 'releases', 'snapshots', 'rules', 'audit'];
const identities = openStore({ file: ':memory:' });
await identities.trust.bind({ identity: tester, role: 'admin', selector: '' }, 1, 'local:test');
const lifetimes = { agentMs: agentCertificateMs, humanMs: humanCertificateMs };
const { authority } = await testAuthority();
const trust = await createTrust({ authority, store: identities.trust, clock: systemClock, lifetimes });
const server = await startGrpcServer({
  listen: '127.0.0.1:0',
  accept: () => {},
  operations: {
    ...Object.fromEntries(others.map((name) => [name, absent])),
    plans,
    runs,
    version: 'toy',
    wholeIds: (asked: object) => withWholeIds(store, asked),
  } as never,
  artifacts: absent as never,
  log: silentLog,
  limits: {},
  security: { trust, store: identities, fourEyes: null, wallMs: () => systemClock.wallMs() },
});
console.log(`export DRYDOCK_CONTROLLER=${server.address} DRYDOCK_IDENTITY=${await testerFolder()}`);
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await stage.clock.advance(1_000);
  await stage.controller.sequencer.tick();
}
