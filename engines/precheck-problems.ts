/** How prechecks complain, and what they say of nodes that nobody sees, whichever the engine. PURE. */
import type { NodeView, Problem } from '../common/engine.ts';

export function refuse(check: string, subject: string, detail: string, clears: Problem['clears']): Problem {
  return { check, severity: 'refuse', subject, detail, clears };
}

export function warn(check: string, subject: string, detail: string): Problem {
  return { check, severity: 'warn', subject, detail, clears: 'person' };
}

/** Unknown never counts as good. */
export function unobserved(nodes: readonly NodeView[]): readonly Problem[] {
  return nodes
    .filter(({ linked, facts }) => !linked || facts === null)
    .map(({ instance, host, linked }) =>
      refuse(
        'observed',
        instance,
        linked
          ? `${instance} has not been looked at yet; it counts as out of service until its agent on ${host} reports`
          : `the agent on ${host} has no link, so ${instance} counts as out of service; see to drydock-agent on that host`,
        'itself',
      ),
    );
}
