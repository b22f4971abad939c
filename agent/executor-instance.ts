/** `instance`: a new database beside others on this host, or the end of one. Only an engine's driver can. */
import { contextOf } from './facts.ts';
import { type BodyOf, type Ending, type OrderRun, unknownWord } from './order-run.ts';

export async function carryOutInstance(run: OrderRun, body: BodyOf<'instance'>): Promise<Ending> {
  const { instances } = run.instance.driver;
  if (instances === undefined) return unknownWord(run, `how to ${body.action} an instance`);
  const context = await contextOf(run, run.instance);
  if (body.action === 'create') {
    const { kind: _, action: __, ...asked } = body;
    return { outcome: 'done', findings: [], token: await instances.create(context, asked) };
  }
  await instances.retire(context);
  return { outcome: 'done', findings: [] };
}
