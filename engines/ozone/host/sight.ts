/** How one probe of a process asks, and what it comes to: over its HTTP port, and by what lies in its folders. */
import { join } from 'node:path';
import type { DriverContext } from '../../../common/driver.ts';
import { once } from '../../kit/host/asking.ts';
import { failed } from '../../kit/host/failures.ts';
import { askHttp } from '../../kit/host/http.ts';
import type { Sight } from '../checks.ts';
import { connectionOf } from '../connection.ts';
import type { Component } from '../facts.ts';
import { parseVersionFile, type VersionFile } from '../probe.ts';
import { tools } from '../tools.ts';
import { siteOf } from './site.ts';

type Bean = 'om' | 'scm' | 'nodes' | 'datanode' | 'connections' | 'layout' | 'runtime';
type Seen<B extends Bean> = NonNullable<ReturnType<(typeof tools)[B]['parse']>>;

const answerMs = 4_500;
/** Of a cluster of some thousand datanodes. */
const mostChars = 4 * 1024 * 1024;

export function sightOf(context: DriverContext): Sight {
  const site = once(() => siteOf(context));
  const bean = <B extends Bean>(id: B) => once(() => beanOf(context, id));
  const versionFile = once(() => context.tool('files', async (during) => readVersionFile(during, (await site()).versionFile)));
  return {
    component: connectionOf(context.settings).component,
    site,
    om: bean('om'),
    scm: bean('scm'),
    nodes: bean('nodes'),
    datanode: bean('datanode'),
    connections: bean('connections'),
    layout: bean('layout'),
    runtime: bean('runtime'),
    versionFile,
    clusterId: once(async () => (await versionFile()).clusterId ?? (await askElsewhere(context, (await site()).scmEndpoint)).clusterId),
    prepared: once(() => context.tool('files', async (during) => isPrepared(during, (await site()).metadataDir), { of: 'marker' })),
    datanodeId: once(async () => {
      const text = await context.host.readText((await site()).datanodeIdFile);
      return /^\s*uuid: ([0-9a-f-]{36}),?$/m.exec(text ?? '')?.[1] ?? null;
    }),
    runs: async () => (await context.host.unitState(context.settings.unit)).active,
  };
}

/** Also at another process. Throws FailureError: `not-listening`, `no-answer`. */
async function beanOf<B extends Bean>(context: DriverContext, id: B, endpoint?: string): Promise<Seen<B>> {
  const { get, parse } = tools[id];
  const base = endpoint ?? (await siteOf(context)).httpEndpoint;
  const connection = connectionOf(context.settings);
  const path = endpoint === undefined ? pathFor(connection.component, get) : get;
  const ask = (during: DriverContext) => askHttp(during, base, path, { tls: connection, limitMs: answerMs, mostChars });
  const { body, status } = await context.tool(id, ask, endpoint === undefined ? {} : { of: endpoint });
  const seen = parse(body);
  if (seen !== null) return seen as Seen<B>;
  throw failed(context, 'no-answer', `GET ${base}${get} returned ${status} in an unknown format`, {
    remedy: 'retry',
  });
}

/** HttpFS answers nothing to one who gives no name, and takes any. */
const pathFor = (component: Component, get: string): string => (component === 'httpfs' ? `${get}&user.name=drydock` : get);

const askElsewhere = (context: DriverContext, endpoint: string): Promise<Seen<'scm'>> => beanOf(context, 'scm', endpoint);

/** When the process was started, as it says itself: another text is another process. */
export async function askLife(context: DriverContext): Promise<string> {
  const { httpEndpoint } = await siteOf(context);
  const connection = connectionOf(context.settings);
  const path = pathFor(connection.component, tools.life.get);
  const ask = (during: DriverContext) => askHttp(during, httpEndpoint, path, { tls: connection });
  const { body, status } = await context.tool('life', ask);
  return `${status} ${/"StartTime" : (\d+)/.exec(body)?.[1] ?? ''}`;
}

async function readVersionFile({ host }: DriverContext, path: string | null): Promise<VersionFile> {
  const text = path === null ? null : await host.readText(path);
  return parseVersionFile(text ?? '') ?? { clusterId: null, layout: null };
}

/** The marker survives restarts; a start with a flag of the upgrade removes it. */
async function isPrepared({ host }: DriverContext, metadataDir: string): Promise<boolean> {
  return ((await host.listDir(join(metadataDir, 'current'))) ?? []).includes('prepareMarker');
}
