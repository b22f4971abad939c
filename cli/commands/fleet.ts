/** cluster and host: what there is, and what is whose. */
import type {
  ClusterDocument,
  ClusterLabelsDocument,
  ClusterListDocument,
  HostDocument,
  HostListDocument,
} from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { fail, toFailure } from '../../common/failure.ts';
import { ask, canAsk, confirmed } from '../ask.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { allRows } from '../pages.ts';
import { clusterLines, clusterListLines, hostLines, hostListLines, labelsText, nodeLines } from '../render/fleet.ts';
import { countOf } from '../render/text.ts';
import { print, type Session, say, withController } from '../session.ts';
import { printList, type WatchedOption } from '../watch/watch-list.ts';

/** Of lists of what is there now. */
export interface SelectedOptions extends WatchedOption {
  /** Over labels of clusters. */
  readonly selector?: string;
  readonly engine?: string;
  readonly state?: string;
}

export interface ClusterListOptions extends SelectedOptions {
  /** Version that a node runs. */
  readonly running?: string;
}

export interface HostListOptions extends SelectedOptions {
  readonly agent?: string;
}

export async function clusterList(session: Session, options: ClusterListOptions): Promise<void> {
  const { selector = '', engine = '', state = '', running: version = '' } = options;
  const asked = { selector, engine, state, version };
  await printList(
    session,
    options,
    (link) => listedClusters(link, asked),
    (document, view) => clusterListLines(document, view, filterText(asked)),
  );
}

type Asked = Readonly<Record<'selector' | 'engine' | 'state' | 'version', string>>;

/** All pages. */
export async function listedClusters(link: OperatorLink, asked: Partial<Asked> = {}): Promise<ClusterListDocument> {
  const clusters = await allRows(async (pageSize, after) => {
    const page = await link.ask('ListClusters', { ...asked, pageSize, after });
    return { rows: documentOf<ClusterListDocument>(page.clusters, 'clusters').clusters, nextAfter: page.nextAfter };
  });
  return { apiVersion: 'drydock/v1', clusters };
}

/** `env=prod healthy`: what was asked for, for who gets nothing; empty: everything was. */
const filterText = ({ selector, ...flags }: Asked): string => [selector, ...Object.values(flags)].filter((text) => text !== '').join(' ');

export async function clusterShow(session: Session, name: string): Promise<void> {
  await print(session, await clusterNamed(session, name), clusterLines);
}

export async function clusterNodes(session: Session, name: string): Promise<void> {
  const { apiVersion, cluster, members } = await clusterNamed(session, name);
  await print(session, { apiVersion, cluster, nodes: members }, (document, view) => nodeLines(document.nodes, view));
}

export interface AdoptOptions {
  readonly members: number;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** On a terminal, fewer members than the database sees are asked about; scripts say --yes and --reason. */
export async function clusterAdopt(session: Session, name: string, options: AdoptOptions): Promise<void> {
  const adopt = (reason: string, fewerThanSeen: boolean) =>
    withController(session, (link) => link.ask('AdoptCluster', { cluster: name, members: options.members, reason, fewerThanSeen }));
  const { cluster } = await adopt(options.reason ?? '', options.yes === true).catch(async (thrown: unknown) => {
    const reason = await confirmedFewer(session, thrown, options);
    return adopt(reason, true);
  });
  const document = documentOf<ClusterDocument>(cluster, `cluster ${name}`);
  say(session, `adopted ${name} with ${countOf(options.members, 'member')}`);
  await print(session, document, clusterLines);
}

/** The reason that a person gives; throws what the controller refused with where there is no person, or it is another refusal. */
async function confirmedFewer(session: Session, thrown: unknown, { yes, reason }: AdoptOptions): Promise<string> {
  const why = toFailure(thrown);
  if (why.code !== 'fewer-than-seen' || yes === true || !canAsk(session)) throw thrown;
  say(session, why.message);
  const given = reason ?? (await ask(session, 'Why are there fewer members than the database sees? (empty: do not adopt) '));
  if (given.trim() === '') throw fail('refused', 'not-confirmed', 'nothing was adopted');
  if (reason !== undefined && !(await confirmed(session, 'Adopt it anyway?')))
    throw fail('refused', 'not-confirmed', 'nothing was adopted');
  return given;
}

/** `key=value` sets, `key-` takes away; prints what the cluster has then. */
export async function clusterLabel(session: Session, name: string, changes: readonly string[]): Promise<void> {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const change of changes) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(change) ?? [];
    const named = key ?? change.slice(0, -1);
    if (Object.hasOwn(set, named) || remove.includes(named))
      throw fail('usage', 'bad-label', `${named} is given twice; set it once, or remove it`);
    if (key !== undefined && value !== undefined) set[key] = value;
    else if (change.endsWith('-')) remove.push(change.slice(0, -1));
    else throw fail('usage', 'bad-label', `${change}: expected key=value to set a label, or key- to remove it`);
  }
  const { labels } = await withController(session, (link) => link.ask('LabelCluster', { cluster: name, set, remove }));
  const document = documentOf<ClusterLabelsDocument>(labels, `labels of ${name}`);
  await print(session, document, (shown) => [labelsText(shown.labels)]);
}

export async function clusterForget(session: Session, name: string, options: { readonly reason: string }): Promise<void> {
  await withController(session, (link) => link.ask('ForgetCluster', { cluster: name, reason: options.reason }));
  say(session, `forgot ${name}; it stays listed as not adopted while an agent announces it`);
}

/** All pages. */
export async function hostList(session: Session, options: HostListOptions): Promise<void> {
  const { selector = '', engine = '', state = '', agent: version = '' } = options;
  const asked = { selector, engine, state, version };
  const read = async (link: OperatorLink): Promise<HostListDocument> => ({
    apiVersion: 'drydock/v1',
    hosts: await allRows(async (pageSize, after) => {
      const page = await link.ask('ListHosts', { ...asked, pageSize, after });
      return { rows: documentOf<HostListDocument>(page.hosts, 'hosts').hosts, nextAfter: page.nextAfter };
    }),
  });
  await printList(session, options, read, (document, view) => hostListLines(document, view, filterText(asked)));
}

export async function hostForget(session: Session, name: string, options: { readonly reason?: string }): Promise<void> {
  await withController(session, (link) => link.ask('ForgetHost', { host: name, reason: options.reason ?? '' }));
  say(session, `forgot host ${name}`);
}

export async function hostShow(session: Session, name: string): Promise<void> {
  const { host } = await withController(session, (link) => link.ask('GetHost', { host: name }));
  await print(session, documentOf<HostDocument & Versioned>(host, `host ${name}`), hostLines);
}

async function clusterNamed(session: Session, name: string): Promise<ClusterDocument> {
  const { cluster } = await withController(session, (link) => link.ask('GetCluster', { cluster: name }));
  return documentOf<ClusterDocument>(cluster, `cluster ${name}`);
}
