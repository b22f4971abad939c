/** cluster and host: what there is, and what is whose. */
import type { ClusterDocument, ClusterListDocument, HostDocument, HostListDocument } from '../../common/documents/fleet.ts';
import type { Versioned } from '../../common/documents/versioned.ts';
import { documentOf } from '../documents.ts';
import { clusterLines, clusterListLines, hostLines, hostListLines, nodeLines } from '../render/fleet.ts';
import { countOf } from '../render/words.ts';
import { print, type Session, say, withController } from '../session.ts';

export async function clusterList(session: Session): Promise<void> {
  const { clusters } = await withController(session, (link) => link.ask('ListClusters', {}));
  await print(session, documentOf<ClusterListDocument>(clusters, 'clusters'), clusterListLines);
}

export async function clusterShow(session: Session, name: string): Promise<void> {
  await print(session, await clusterNamed(session, name), clusterLines);
}

export async function clusterNodes(session: Session, name: string): Promise<void> {
  const { apiVersion, cluster, members } = await clusterNamed(session, name);
  await print(session, { apiVersion, cluster, nodes: members }, (document, view) => nodeLines(document.nodes, view));
}

export async function clusterAdopt(session: Session, name: string, options: { readonly members: number }): Promise<void> {
  const { cluster } = await withController(session, (link) => link.ask('AdoptCluster', { cluster: name, members: options.members }));
  const document = documentOf<ClusterDocument>(cluster, `cluster ${name}`);
  say(session, `adopted ${name} with ${countOf(options.members, 'member')}`);
  await print(session, document, clusterLines);
}

export async function hostList(session: Session): Promise<void> {
  const { hosts } = await withController(session, (link) => link.ask('ListHosts', {}));
  await print(session, documentOf<HostListDocument>(hosts, 'hosts'), hostListLines);
}

export async function hostShow(session: Session, name: string): Promise<void> {
  const { host } = await withController(session, (link) => link.ask('GetHost', { host: name }));
  await print(session, documentOf<HostDocument & Versioned>(host, `host ${name}`), hostLines);
}

async function clusterNamed(session: Session, name: string): Promise<ClusterDocument> {
  const { cluster } = await withController(session, (link) => link.ask('GetCluster', { cluster: name }));
  return documentOf<ClusterDocument>(cluster, `cluster ${name}`);
}
