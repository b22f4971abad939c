/** Who attacks how, and how each is refused: over real connections to a real server, whose state is the same afterwards. */

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants as http2, connect as http2Connect } from 'node:http2';
import { type Socket, connect as tcpConnect } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { certificateRequest, makeKey } from '../../common/identity/certificate-request.ts';
import { certificatesOf } from '../../common/identity/certificates.ts';
import type { Identity } from '../../common/identity/identity.ts';
import { parseToken } from '../../common/identity/token.ts';
import type { AgentMessage } from '../../common/link.ts';
import { makeRoot } from '../../controller/trust/issuing.ts';
import { clientOptions, maxMessageBytes } from '../../proto/channel.ts';
import { enroll } from '../../proto/enrolling.ts';
import { failureOfTrailer } from '../../proto/failure-trailer.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { type ClientIdentity, clientCredentials, secureClientOptions, unverifiedCredentials } from '../../proto/secure-channel.ts';
import { agentMessageToWire } from '../../proto/wire/link.ts';
import { announced, facts, hello } from '../fleet/agents.ts';
import { freshIdentity, identityOf, oddIdentity, testAuthority } from '../identities.ts';
import { memoryDir } from '../memory-dir.ts';
import { type Door, openDoor } from '../server/door.ts';

const person = (name: string): Identity => ({ class: 'human', name });
const host = (name: string): Identity => ({ class: 'agent', name });
const dayMs = 24 * 3_600_000;
const hourAgo = () => ({ notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + dayMs });

let door: Door;
/** One that loses its patience soon, for those who would try it. */
let hasty: Door;
let scratch: string;
const open: { close(): void }[] = [];

beforeAll(async () => {
  scratch = mkdtempSync(join(memoryDir(), 'drydock-attacks-'));
  [door, hasty] = await Promise.all([openDoor(), openDoor({ limits: { prefaceMs: 500, idleMs: 500, requestMs: 500 } })]);
  for (const [name, role, selector] of [
    ['viewer', 'viewer', ''],
    ['operator', 'operator', ''],
    ['approver', 'approver', ''],
    ['scoped', 'viewer', 'env=prod'],
  ] as const)
    await door.ask('BindRole', { identity: `human:${name}`, role, selector });
  await Promise.all([joins('db-1', 'pg-1'), joins('evil', 'evil-1')]);
}, 120_000);

afterAll(async () => {
  for (const each of open.splice(0)) each.close();
  await Promise.all([door, hasty].map((each) => each[Symbol.asyncDispose]()));
  rmSync(scratch, { recursive: true, force: true });
});

/** An agent that stays: the host of the victim, and the attacker's own. */
async function joins(name: string, instance: string): Promise<void> {
  const agent = dial(await identityOf(host(name)));
  agent.say(hello(name, [announced(instance, instance === 'pg-1' ? 'pg-main' : 'evil')]));
  await vi.waitFor(() => expect(door.fleet.host(name)?.connected).toBe(true), { timeout: 60_000 });
  agents.set(name, agent);
}

type Agent = ReturnType<typeof dial>;
const agents = new Map<string, Agent>();

function dial(by: ClientIdentity) {
  const client = new drydockV1.AgentLink(door.server.address, clientCredentials(by), secureClientOptions);
  open.push(client);
  const stream = client.connect();
  stream.on('error', () => {});
  stream.on('data', () => {});
  const ended = new Promise<string>((resolve) => stream.on('status', ({ code, details }) => resolve(`${status[code]}: ${details}`)));
  return { say: (message: AgentMessage) => stream.write(agentMessageToWire(message)), stream, ended };
}

/** What the fleet's chain, the known hosts and what is seen of the victim say; what an attack may not change. */
async function state(): Promise<string> {
  const chain = await door.store.events('fleet', 0, 10_000);
  const hosts = door.fleet.hosts().map(({ host: name, instances }) => ({ name, instances }));
  const victim = door.fleet.nodes('pg-main').map(({ instance, host: of, facts: seen }) => ({ instance, of, role: seen?.role ?? null }));
  return JSON.stringify([chain.at(-1)?.hash, hosts, victim, await door.store.trust.bindings()]);
}

const portOf = (of: Door) => Number(of.server.address.split(':').at(-1));

/** `STATUS code: message` of what a call was refused with. */
function refusalOf(error: ServiceError): string {
  const failure = failureOfTrailer(error.metadata);
  return `${status[error.code]} ${failure?.code ?? ''}: ${error.details}`;
}

function call(
  by: ClientIdentity | null,
  path: string,
  request: object = {},
  options: { readonly raw?: Buffer; readonly metadata?: Metadata } = {},
): Promise<string> {
  const [, service = '', method = ''] = /^\/drydock\.v1\.(\w+)\/(\w+)$/.exec(path) ?? [];
  const known = (drydockV1 as unknown as Record<string, { service: Record<string, { requestSerialize(of: object): Buffer }> }>)[service]
    ?.service[method];
  const client = new Client(door.server.address, by === null ? unverifiedCredentials() : clientCredentials(by), {
    ...secureClientOptions,
    'grpc.max_send_message_length': -1,
  });
  const bytes = options.raw ?? known?.requestSerialize(request) ?? Buffer.alloc(0);
  const same = (of: Buffer) => of;
  return new Promise<string>((resolve) => {
    client.makeUnaryRequest(path, same, same, bytes, options.metadata ?? new Metadata(), { deadline: Date.now() + 20_000 }, (error) =>
      resolve(error === null ? 'answered' : refusalOf(error)),
    );
  }).finally(() => client.close());
}

const operator = (by: ClientIdentity | null, method: string, request: object = {}) => call(by, `/drydock.v1.Operator/${method}`, request);

/** The first word of an AgentLink stream, and how it ended. */
async function link(by: ClientIdentity | null, ...said: readonly AgentMessage[]): Promise<string> {
  const client = new drydockV1.AgentLink(
    door.server.address,
    by === null ? unverifiedCredentials() : clientCredentials(by),
    secureClientOptions,
  );
  const stream = client.connect();
  stream.on('data', () => {});
  const ended = new Promise<string>((resolve) => stream.once('error', (error: ServiceError) => resolve(refusalOf(error))));
  for (const message of said) stream.write(agentMessageToWire(message));
  return ended.finally(() => client.close());
}

async function artifact(by: ClientIdentity | null, digest: string, offset = 0): Promise<string> {
  const client = new drydockV1.Artifacts(
    door.server.address,
    by === null ? unverifiedCredentials() : clientCredentials(by),
    secureClientOptions,
  );
  const stream = client.read({ digest, offset });
  stream.on('data', () => {});
  return new Promise<string>((resolve) => {
    stream.once('error', (error: ServiceError) => resolve(refusalOf(error)));
    stream.once('end', () => resolve('answered'));
  }).finally(() => client.close());
}

/** Sends bytes and keeps the line: what became of it. */
async function raw(socket: Socket, ...pieces: readonly Uint8Array[]): Promise<string> {
  socket.on('error', () => {});
  socket.resume();
  const closed = once(socket, 'close');
  for (const piece of pieces) socket.write(piece);
  await closed;
  return 'hung up';
}

const tcp = () => tcpConnect(portOf(hasty), '127.0.0.1');
async function tls(by: ClientIdentity | null): Promise<TLSSocket> {
  const socket = tlsConnect({
    port: portOf(hasty),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    ...(by === null ? {} : { key: by.key, cert: by.chain }),
  });
  await once(socket, 'secureConnect');
  return socket;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

async function token(name: string): Promise<ReturnType<typeof parseToken>> {
  const made = (await door.ask('CreateToken', { identity: `agent:${name}`, ttlMs: 3_600_000, role: '', selector: '' })) as {
    readonly token: string;
  };
  return parseToken(made.token);
}

const requestOf = (identity: Identity) => certificateRequest(identity, makeKey());
const withToken = async (name: string, request: Uint8Array) =>
  call(null, '/drydock.v1.Enrolment/Enroll', { secret: (await token(name)).secret, request });

/** Stands as a controller with somebody else's certificate: what a client says to it. */
async function posing(as: ClientIdentity): Promise<string> {
  const server = createTlsServer({ key: as.key, cert: as.chain, ca: as.roots, ALPNProtocols: ['h2'] }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('tlsClientError', () => {});
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const client = new drydockV1.Operator(address, clientCredentials(await identityOf(person('tester'))), secureClientOptions);
  const answer = await new Promise<string>((resolve) =>
    client.getVersion({}, { deadline: Date.now() + 20_000 }, (error) => resolve(error?.details ?? 'answered')),
  );
  client.close();
  server.close();
  return answer;
}

const me = (name: string) => identityOf(person(name));
const agentOf = (name: string) => identityOf(host(name));

type Attack = readonly [name: string, attempt: () => Promise<string>, refused: RegExp];

/** Before anybody is known. */
const atTheDoor: readonly Attack[] = [
  ['bytes that are no TLS', () => raw(tcp(), Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')), /^hung up$/],
  ['HTTP/2 without TLS', () => raw(tcp(), preface, emptySettings), /^hung up$/],
  ['a handshake that never goes on', () => raw(tcp(), Buffer.from([0x16, 0x03, 0x01])), /^hung up$/],
  ['a connection that says nothing', () => raw(tcp()), /^hung up$/],
  [
    'TLS 1.2',
    () =>
      new Promise<string>((resolve) => {
        const socket = tlsConnect({ port: portOf(door), host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code ?? error.message)));
        socket.once('secureConnect', () => resolve(`spoke ${socket.getProtocol()}`));
      }),
    /PROTOCOL_VERSION|ECONNRESET/,
  ],
  ['a handshake and then nothing', async () => raw(await tls(null)), /^hung up$/],
  ['a handshake and half a preface', async () => raw(await tls(null), preface.subarray(0, 10)), /^hung up$/],
  ['a preface and no call', async () => raw(await tls(null), preface, emptySettings), /^hung up$/],
  [
    'frames that are none',
    async () => raw(await tls(null), preface, emptySettings, Buffer.from([0xff, 0xff, 0xff, 0, 0xff, 0, 0, 0, 1])),
    /^hung up$/,
  ],
  [
    'a thousand streams, each reset as it is opened',
    async () => {
      const session = http2Connect(`https://${door.server.address}`, {
        createConnection: () => tlsConnect({ port: portOf(door), host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] }),
      });
      session.on('error', () => {});
      await once(session, 'connect');
      for (let at = 0; at < 1_000 && !session.destroyed; at++) {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/drydock.v1.Operator/ListClusters',
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        stream.on('error', () => {});
        stream.close(http2.NGHTTP2_CANCEL);
      }
      session.destroy();
      return operator(null, 'ListClusters');
    },
    /^UNAUTHENTICATED no-certificate/,
  ],
];

/** Certificates that are none of ours, or none any more. */
const byCertificate: readonly Attack[] = [
  ['no certificate: Operator', () => operator(null, 'ListClusters'), /^UNAUTHENTICATED no-certificate: .*drydock login/],
  ['no certificate: AgentLink', () => link(null, hello('db-1', [])), /^UNAUTHENTICATED no-certificate/],
  ['no certificate: Artifacts', () => artifact(null, `sha256:${'a'.repeat(64)}`), /^UNAUTHENTICATED no-certificate/],
  [
    'no certificate: Renew',
    async () => call(null, '/drydock.v1.Enrolment/Renew', { request: await requestOf(host('db-1')) }),
    /^UNAUTHENTICATED no-certificate/,
  ],
  ['no certificate: health', () => call(null, '/grpc.health.v1.Health/Check'), /^UNAUTHENTICATED no-certificate/],
  [
    'a root of another fleet',
    async () => operator(await oddIdentity(person('tester'), hourAgo()), 'ListClusters'),
    /^UNAUTHENTICATED certificate-untrusted/,
  ],
  [
    'signed by itself',
    async () => {
      const root = await makeRoot(Date.now());
      return operator({ key: root.key, chain: root.certificate, roots: (await testAuthority()).authority.own.roots }, 'ListClusters');
    },
    /^UNAUTHENTICATED certificate-untrusted/,
  ],
  [
    "signed by an agent's key, as if that were an authority",
    async () => {
      const agent = await agentOf('evil');
      const forged = await oddIdentity(person('tester'), hourAgo(), { key: agent.key, certificate: certificatesOf(agent.chain)[0] ?? '' });
      return operator({ ...forged, chain: `${forged.chain}\n${agent.chain}` }, 'ListClusters');
    },
    /^UNAUTHENTICATED certificate-untrusted/,
  ],
  [
    'expired',
    async () => operator(await ofRoot(person('tester'), -2 * dayMs, -dayMs), 'ListClusters'),
    /^UNAUTHENTICATED certificate-expired: .*drydock login/,
  ],
  [
    'expired: AgentLink',
    async () => link(await ofRoot(host('db-1'), -2 * dayMs, -dayMs), hello('db-1', [])),
    /^UNAUTHENTICATED certificate-expired: .*drydock-agent enroll/,
  ],
  [
    'not valid yet',
    async () => operator(await ofRoot(person('tester'), dayMs, 2 * dayMs), 'ListClusters'),
    /^UNAUTHENTICATED certificate-not-yet-valid/,
  ],
  [
    'of a class that there is not',
    async () => operator(await ofRoot({ class: 'root' as never, name: 'x' }, -1_000, dayMs), 'ListClusters'),
    /^UNAUTHENTICATED certificate-nameless/,
  ],
  [
    'of a name with a path in it',
    async () => link(await ofRoot(host('../db-1'), -1_000, dayMs), hello('db-1', [])),
    /^UNAUTHENTICATED certificate-nameless/,
  ],
  [
    'of a name with a comma in it',
    async () => link(await ofRoot(host('x, URI:spiffe://drydock/human/tester'), -1_000, dayMs), hello('db-1', [])),
    /^UNAUTHENTICATED certificate-nameless/,
  ],
  [
    "a host's certificate in the place of the controller's",
    async () => posing(await agentOf('evil')),
    /unsuitable certificate purpose|not a controller of this fleet/,
  ],
  [
    "a person's certificate in the place of the controller's",
    async () => posing(await me('viewer')),
    /unsuitable certificate purpose|not a controller of this fleet/,
  ],
  ["another fleet's controller", async () => posing(await oddIdentity({ class: 'controller', name: 'main' }, hourAgo())), /certificate/],
];

/** By the test authority, of dates from now on. */
async function ofRoot(identity: Identity, fromMs: number, toMs: number): Promise<ClientIdentity> {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(join((await testAuthority()).folder, 'authority.pem'), 'utf8');
  const root = { key: text.slice(0, text.indexOf('-----BEGIN CERTIFICATE-----')), certificate: certificatesOf(text)[0] ?? '' };
  return oddIdentity(identity, { notBeforeMs: Date.now() + fromMs, notAfterMs: Date.now() + toMs }, root);
}

/** Good certificates that ask for what is not theirs. */
const byClassOrRole: readonly Attack[] = [
  ['a host asks for the clusters', async () => operator(await agentOf('evil'), 'ListClusters'), /^PERMISSION_DENIED wrong-class/],
  [
    'a host makes a token',
    async () => operator(await agentOf('evil'), 'CreateToken', { identity: 'human:evil', ttlMs: 60_000, role: 'admin' }),
    /^PERMISSION_DENIED wrong-class/,
  ],
  [
    'a host revokes another',
    async () => operator(await agentOf('evil'), 'RevokeIdentity', { identity: 'agent:db-1', reason: 'x' }),
    /^PERMISSION_DENIED wrong-class/,
  ],
  ['a host backs up the store', async () => operator(await agentOf('evil'), 'BackUpStore'), /^PERMISSION_DENIED wrong-class/],
  ['a person poses as an agent', async () => link(await me('tester'), hello('db-1', [])), /^PERMISSION_DENIED wrong-class/],
  ['a person reads artifacts', async () => artifact(await me('tester'), `sha256:${'a'.repeat(64)}`), /^PERMISSION_DENIED wrong-class/],
  ['a person without a role', async () => operator(await me('nobody'), 'ListClusters'), /^PERMISSION_DENIED no-role/],
  ['a viewer starts a run', async () => operator(await me('viewer'), 'StartRun', { planId: 'p-1' }), /^PERMISSION_DENIED no-role/],
  [
    'an operator approves',
    async () => operator(await me('operator'), 'ApprovePlan', { planId: 'p-1', digest: 'sha256:x' }),
    /^PERMISSION_DENIED no-role/,
  ],
  [
    'an approver aborts',
    async () => operator(await me('approver'), 'AbortRun', { runId: 'r-1', reason: 'x' }),
    /^PERMISSION_DENIED no-role/,
  ],
  [
    'an operator makes a token',
    async () => operator(await me('operator'), 'CreateToken', { identity: 'agent:x', ttlMs: 60_000 }),
    /^PERMISSION_DENIED no-role/,
  ],
  [
    'an operator makes itself admin',
    async () => operator(await me('operator'), 'BindRole', { identity: 'human:operator', role: 'admin' }),
    /^PERMISSION_DENIED no-role/,
  ],
  [
    'an approver labels a cluster',
    async () => operator(await me('approver'), 'LabelCluster', { cluster: 'pg-main', set: { env: 'prod' } }),
    /^PERMISSION_DENIED no-role/,
  ],
  [
    'a viewer of some clusters lists all',
    async () => operator(await me('scoped'), 'ListClusters'),
    /^FAILED_PRECONDITION out-of-scope: .*-l env=prod/,
  ],
  [
    'a viewer of some clusters looks at another',
    async () => operator(await me('scoped'), 'GetCluster', { cluster: 'pg-main' }),
    /^FAILED_PRECONDITION out-of-scope/,
  ],
  [
    'a viewer of some clusters reads the audit log',
    async () => operator(await me('scoped'), 'ListAudit'),
    /^FAILED_PRECONDITION out-of-scope/,
  ],
  ['a method that there is not', async () => operator(await me('tester'), 'Shell'), /^(PERMISSION_DENIED unknown-method|UNIMPLEMENTED)/],
  [
    'a role for a host',
    async () => operator(await me('tester'), 'BindRole', { identity: 'agent:evil', role: 'admin' }),
    /^FAILED_PRECONDITION no-role-for-agents/,
  ],
  [
    'the last admin goes',
    async () => operator(await me('tester'), 'UnbindRole', { identity: 'human:tester', role: 'admin' }),
    /^FAILED_PRECONDITION last-admin/,
  ],
];

/** Enrolment, by who has no certificate or another one. */
const byToken: readonly Attack[] = [
  [
    'a secret that is guessed',
    async () => call(null, '/drydock.v1.Enrolment/Enroll', { secret: 'A'.repeat(43), request: await requestOf(host('db-1')) }),
    /unknown-token/,
  ],
  [
    'a secret of another form',
    async () => call(null, '/drydock.v1.Enrolment/Enroll', { secret: "' OR 1=1 --", request: await requestOf(host('db-1')) }),
    /^INVALID_ARGUMENT bad-request/,
  ],
  [
    "a request that is another fleet's to sign",
    async () => call(await oddIdentity(host('x'), hourAgo()), '/drydock.v1.Enrolment/Renew', { request: await requestOf(host('x')) }),
    /^UNAUTHENTICATED certificate-untrusted/,
  ],
  [
    'a host renews as another one',
    async () => call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request: await requestOf(host('db-1')) }),
    /bad-request-for-certificate: .*expected only spiffe:\/\/drydock\/agent\/evil/,
  ],
  [
    'a host renews as a person',
    async () => call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request: await requestOf(person('tester')) }),
    /bad-request-for-certificate/,
  ],
  [
    'a request that is none',
    async () => call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request: Buffer.from('garbage') }),
    /bad-request-for-certificate: .*not a PKCS #10/,
  ],
  [
    'a request that is empty',
    async () => call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request: Buffer.alloc(0) }),
    /bad-request-for-certificate/,
  ],
  [
    'a request that is large',
    async () => call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request: Buffer.alloc(100_000) }),
    /bad-request-for-certificate: .*100000 bytes/,
  ],
  [
    'a request whose signature was changed',
    async () => {
      const request = await requestOf(host('evil'));
      request[request.length - 1] = (request[request.length - 1] ?? 0) ^ 1;
      return call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request });
    },
    /bad-request-for-certificate/,
  ],
  [
    'a request for a key of another kind',
    async () => {
      const key = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      const request = await certificateRequest(host('evil'), key).catch(() => Buffer.from('no request'));
      return call(await agentOf('evil'), '/drydock.v1.Enrolment/Renew', { request });
    },
    /bad-request-for-certificate/,
  ],
];

const from = (name: string) => agents.get(name) as Agent;

/** What is refused in words, by the stream that it ends. */
const byWord: readonly Attack[] = [
  [
    'an agent calls itself another host',
    async () => link(await agentOf('evil'), hello('db-1', [announced('pg-1')])),
    /^PERMISSION_DENIED : .*certificate is of host evil, but the agent reports host db-1/,
  ],
  [
    'an agent says anything before hello',
    async () => link(await agentOf('other'), { type: 'beat', journalHead: 1 }),
    /the first message was beat, expected hello/,
  ],
  ['an agent of another protocol', async () => link(await agentOf('other'), hello('other', [], 99)), /speaks protocol 99/],
  [
    'a hello that is too long',
    async () => link(await agentOf('other'), { ...hello('other', []), agentVersion: 'x'.repeat(900_000) } as AgentMessage),
    /^INVALID_ARGUMENT/,
  ],
  [
    'a message that is none',
    async () => call(await me('viewer'), '/drydock.v1.Operator/GetRun', {}, { raw: Buffer.from([0xff, 0xff, 0xff, 0xff]) }),
    /^INTERNAL/,
  ],
  [
    'a message that is too large',
    async () => call(await me('viewer'), '/drydock.v1.Operator/GetRun', {}, { raw: Buffer.alloc(maxMessageBytes + 1) }),
    /^RESOURCE_EXHAUSTED/,
  ],
  [
    'metadata that is huge',
    async () => {
      const metadata = new Metadata();
      for (let at = 0; at < 50; at++) metadata.set(`x-${at}`, 'y'.repeat(8_000));
      return call(await me('viewer'), '/drydock.v1.Operator/GetRun', {}, { metadata });
    },
    /^(?!answered)/,
  ],
  [
    'an id with a path in it',
    async () => operator(await me('viewer'), 'GetRun', { runId: '../../etc/passwd' }),
    /^INVALID_ARGUMENT bad-request/,
  ],
  [
    'an id with SQL in it',
    async () => operator(await me('viewer'), 'GetRun', { runId: "r'; DROP TABLE runs; --" }),
    /^INVALID_ARGUMENT bad-request/,
  ],
  [
    'an identity with a newline in it',
    async () => operator(await me('tester'), 'RevokeIdentity', { identity: 'agent:db-1\nhuman:tester', reason: 'x' }),
    /^INVALID_ARGUMENT bad-request/,
  ],
  ['an artifact by a path', async () => artifact(await agentOf('evil'), '../../etc/passwd'), /^NOT_FOUND/],
  [
    'an artifact that no engine of the host runs',
    async () => artifact(await agentOf('evil'), `sha256:${'a'.repeat(64)}`),
    /^NOT_FOUND unknown-artifact: no artifact .* for host evil/,
  ],
  [
    'a request that never ends',
    async () => {
      const client = new drydockV1.Operator(hasty.server.address, clientCredentials(await me('tester')), secureClientOptions);
      const answered = await new Promise<string>((resolve) => {
        client.addRelease((error: ServiceError | null) => resolve(error === null ? 'answered' : refusalOf(error)));
      });
      client.close();
      return answered;
    },
    /^DEADLINE_EXCEEDED/,
  ],
];

describe.each([
  ['at the door', atTheDoor],
  ['by certificate', byCertificate],
  ['by class or role', byClassOrRole],
  ['by token', byToken],
  ['by word', byWord],
])('P12 attacks %s are refused, with the reason, and change nothing', (_where, attacks) => {
  it.each(attacks)('%s', async (_name, attempt, refused) => {
    const before = await state();
    expect(await attempt()).toMatch(refused);
    expect(await state()).toBe(before);
  });
});

/** What an agent says of others is left out, and its stream goes on. */
describe('P12 words of an agent about another host are not believed', () => {
  it.each([
    ['facts of its instance', { type: 'facts', facts: facts('pg-1', { role: 'standby' }) }],
    ['an intervention there', { type: 'intervention', seq: 1, instance: 'pg-1', verb: 'revert', actor: 'root', incarnation: null }],
    ['a second hello as it', hello('evil', [announced('pg-1')])],
  ] as readonly (readonly [string, AgentMessage])[])('%s', async (_name, message) => {
    const before = await state();
    from('evil').say(message);
    // What was said before this is answered by then.
    from('evil').say({ type: 'beat', journalHead: 1 });
    await operator(await me('viewer'), 'GetVersion');
    expect(await state()).toBe(before);
  });

  it('an instance that it announces stays with the host that has it', async () => {
    const taker = dial(await agentOf('taker'));
    taker.say(hello('taker', [announced('pg-1')]));
    await expect.poll(() => door.fleet.hosts().some((view) => view.host === 'taker'), { timeout: 20_000 }).toBe(true);
    expect(door.fleet.hostOf('pg-1')).toBe('db-1');
  });
});

describe('P12 tokens', () => {
  it('that were used, replaced or made for another are refused, and a thief learns nothing from a used one', async () => {
    const used = await token('once');
    await enroll(door.server.address, used, join(scratch, 'once'));
    expect(await call(null, '/drydock.v1.Enrolment/Enroll', { secret: used.secret, request: await requestOf(host('once')) })).toMatch(
      /token-used/,
    );
    expect(await withToken('mine', await requestOf(host('db-1')))).toMatch(/bad-request-for-certificate/);
    expect(await withToken('mine', await requestOf(person('mine')))).toMatch(/bad-request-for-certificate/);
  });
});

describe('P12 revocation', () => {
  it('ends open streams at once, refuses the certificate afterwards, and spares everybody else', async () => {
    const stolen = await freshIdentity(host('stolen'));
    const agent = dial(stolen);
    agent.say(hello('stolen', []));
    await expect.poll(() => door.fleet.hosts().some((view) => view.host === 'stolen' && view.connected), { timeout: 20_000 }).toBe(true);
    await door.ask('RevokeIdentity', { identity: 'agent:stolen', reason: 'the host was stolen' });
    expect(await agent.ended).toMatch(/^(UNAVAILABLE|CANCELLED)/);
    await expect.poll(() => door.fleet.hosts().find((view) => view.host === 'stolen')?.connected, { timeout: 20_000 }).toBe(false);
    expect(await link(stolen, hello('stolen', []))).toMatch(/^UNAUTHENTICATED certificate-revoked/);
    expect(door.fleet.hosts().find((view) => view.host === 'db-1')?.connected).toBe(true);
  });
});

it('P12 nothing is answered without TLS on a port that has it', async () => {
  const client = new drydockV1.Operator(door.server.address, credentials.createInsecure(), clientOptions);
  const answered = await new Promise<string>((resolve) =>
    client.getVersion({}, { deadline: Date.now() + 20_000 }, (error) => resolve(error === null ? 'answered' : 'not answered')),
  );
  client.close();
  expect(answered).toBe('not answered');
});
