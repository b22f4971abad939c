/** What `controller adopt` learned, cluster by cluster. */
import type { AdoptedClusterDocument, AdoptionDocument, LearnedOrderDocument } from '../../common/documents/administration.ts';
import { stateText } from '../../common/run-state.ts';
import { tableLines } from './table.ts';
import { countOf } from './text.ts';
import type { View } from './view.ts';

export function adoptionLines({ clusters }: AdoptionDocument, view: View): readonly string[] {
  return clusters.flatMap((cluster, at) => [...(at === 0 ? [] : ['']), ...clusterLines(cluster, view)]);
}

function clusterLines({ cluster, epoch, learned, gaps, ended }: AdoptedClusterDocument, view: View): readonly string[] {
  return [
    `${view.paint('strong', cluster)}: epoch ${epoch} claimed; ${countOf(learned.length, 'order')} recorded that this store never sent`,
    ...(learned.length === 0
      ? []
      : tableLines<LearnedOrderDocument>(
          [
            { head: 'ORDER', cell: (row) => row.order },
            { head: 'NODE', cell: (row) => row.instance },
            { head: 'WHAT', cell: (row) => row.what },
            { head: 'OUTCOME', cell: (row) => row.outcome, tone: (row) => (row.outcome === 'done' ? null : 'attention') },
          ],
          learned,
          view,
        )),
    ...gaps.map(({ kind, detail }) => `${view.paint('attention', kind)}: ${detail}`),
    ...ended.map(({ run, state, reason }) => `run ${run} ended, ${stateText(state)}: ${reason}`),
    `look at the cluster before the next plan: drydock cluster show ${cluster}`,
  ];
}
