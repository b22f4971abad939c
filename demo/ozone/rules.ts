/**
 * The built-in rules, as they would be if 2.2.1 had a layout that 2.2.0 has not. The two releases that are to be had know the same one, so the demo's
 * metadata begin at an older one (cluster.ts), and what is shown needs rules that ask for a finalization between them.
 */
import { readFile } from 'node:fs/promises';
import { isMap, isSeq, parseDocument } from 'yaml';

const packFile = new URL('../../engines/ozone/pack.yaml', import.meta.url);

/** Text of a pack, for `drydock rules import`. */
export async function rehearsedRules(): Promise<string> {
  const pack = parseDocument(await readFile(packFile, 'utf8'));
  const [edges, refusals] = [pack.get('edges'), pack.get('refusals')];
  if (!isSeq(edges) || !isSeq(refusals)) throw new TypeError('the built-in pack has edges and refusals');
  pack.set('version', 1000);
  const upgrade = {
    id: 'rehearsed',
    from: '2.2.0',
    to: '2.2.1',
    direction: 'up',
    kind: 'all-stop',
    finalize: 'manual',
    rollback: 'lossless',
  };
  edges.items = edges.items.filter((edge) => !(isMap(edge) && edge.get('id') === 'same-layout'));
  const requires = ['out-of-safe-mode', 'datanodes-healthy', 'one-build'];
  const tasks = ['stop-every-component', 'replace-artifacts-everywhere', 'start-scm-and-datanodes-first', 'backup-om-scm-metadata'];
  edges.add(pack.createNode({ ...upgrade, requires, tasks, source: 'demo/ozone/rules.ts' }));
  // Its metadata are of an older layout from the beginning.
  refusals.items = refusals.items.filter((refusal) => !(isMap(refusal) && refusal.get('id') === 'finalized-before'));
  return pack.toString();
}
