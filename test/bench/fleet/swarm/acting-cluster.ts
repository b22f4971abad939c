/** A cluster of twins behind real streams: three hosts that carry out what they are ordered, each over a connection of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeFacts } from '../../../../common/facts.ts';
import type { AgentEnd, AgentMessage, HeardMessage } from '../../../../common/link.ts';
import { FleetTwin, type TwinNode } from '../../../twins/fleet.ts';
import { clusterName, databaseIdOf, hostName, instanceName, nodesPerCluster } from '../names.ts';

/** What an order takes on a host: the same for one run alone and for a hundred. */
const orderMs = 20;

class ClusterTwin extends FleetTwin {
  readonly #number: number;

  constructor(number: number) {
    super(0);
    this.#number = number;
    const first = number * nodesPerCluster;
    for (let node = first; node < first + nodesPerCluster; node += 1) {
      const instance = instanceName(node);
      this.add(instance, node === first ? 'primary' : 'standby', '16.4');
      Object.assign(this.node(instance), { host: hostName(node), follows: instanceName(first) });
      this.journals.set(hostName(node), { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
    }
  }

  override get cluster(): string {
    return clusterName(this.#number);
  }

  override get databaseId(): string {
    return databaseIdOf(this.cluster);
  }

  override facts(node: TwinNode, checks: readonly string[]): NodeFacts {
    return { ...super.facts(node, checks), databaseId: this.databaseId, memberId: node.instance, observedAtMs: Date.now() };
  }

  announced({ instance, profileDigest }: TwinNode) {
    return {
      ...{ instance, cluster: this.cluster, engine: this.engine, dataDir: '/srv/pg', capabilities: ['sql', 'sql-admin'] },
      ...{ checks: this.checkIds, verbs: this.verbs, keys: this.keys, jobs: this.jobs, profileDigest },
    };
  }
}

export interface ActingCluster {
  /** Hosts that were welcomed. */
  readonly connected: number;
  /** Moments at which two members would have taken writes. */
  readonly breaches: number;
}

/** `connect` opens the stream of a host. Streams are opened once: this is for fleets that no controller leaves. */
export function actingCluster(number: number, connect: (host: string) => AgentEnd): ActingCluster {
  const twin = new ClusterTwin(number);
  const ends = new Map<string, AgentEnd>();
  let connected = 0;
  const say = (host: string, message: AgentMessage) => ends.get(host)?.send(message);
  const nodeOn = (host: string): TwinNode => {
    const node = [...twin.nodesByName.values()].find((each) => each.host === host);
    if (node === undefined) throw new Error(`no node on ${host}`);
    return node;
  };
  const tellFacts = (host: string) => say(host, { type: 'facts', facts: { ...twin.facts(nodeOn(host), []), nonce: null } });
  twin.listen({
    connected: (host, hello) => say(host, { ...hello, instances: [twin.announced(nodeOn(host))] }),
    disconnected() {},
    received(host, message) {
      say(host, message);
      if (message.type === 'report') tellFacts(host);
    },
    observed() {},
  });
  const hear = async (host: string, message: HeardMessage): Promise<void> => {
    if (message.type === 'welcome') {
      connected += 1;
      tellFacts(host);
      setInterval(() => say(host, { type: 'beat', journalHead: twin.journals.get(host)?.seq ?? 0 }), message.beatMs).unref();
    } else if (message.type === 'order' && message.order.run === 'probe' && message.order.body.kind === 'observe') {
      const { checks, nonce } = message.order.body;
      say(host, { type: 'facts', facts: { ...twin.facts(nodeOn(host), checks), nonce } });
    } else if (message.type === 'order' || message.type === 'report-ack') {
      if (message.type === 'order') await pause(orderMs);
      twin.send(host, message);
    }
  };
  for (const { host, instance } of twin.nodesByName.values()) {
    const end = connect(host);
    ends.set(host, end);
    end.onMessage((message) => void hear(host, message));
    end.onClose((reason) => {
      throw new Error(`the stream of ${host} ended: ${reason}`);
    });
    twin.link(instance);
  }
  return {
    get connected() {
      return connected;
    },
    get breaches() {
      return twin.breaches.length;
    },
  };
}
