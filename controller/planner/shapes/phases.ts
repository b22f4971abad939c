/** PURE. The phases of one hop, by its kind, and the questions to other systems among them: the engine fills phases in, and never changes which there are or in what order. */
import type { ExternalQuestion } from '../../../common/controller-body.ts';
import type { Phase, Turn, Wave } from '../../../common/plan.ts';
import type { CheckPlace, ExternalCheck, HopInput } from '../plan-input.ts';
import { allStopPhases } from './all-stop.ts';
import { controllerTurn, isCommanded } from './cluster-steps.ts';
import { inPlacePhases } from './in-place.ts';
import { rollingPhases } from './rolling.ts';
import { sideBySidePhases } from './side-by-side.ts';

export function phasesOf(input: HopInput): readonly Phase[] {
  return shaped(input).filter((phase) => phase !== null);
}

/** A hop that stays where it is goes node by node, whatever hops to other versions do. */
function shaped(input: HopInput): readonly (Phase | null)[] {
  const { hop, procedure } = input;
  const { allStop, inPlace, sideBySide } = procedure;
  if (hop.from === hop.to) return rollingPhases(input);
  if (hop.kind === 'all-stop' && allStop !== undefined) return allStopPhases(input, allStop);
  if (hop.kind === 'in-place' && inPlace !== undefined) return inPlacePhases(input, inPlace);
  if (hop.kind === 'side-by-side' && sideBySide !== undefined) return sideBySidePhases(input, sideBySide);
  return rollingPhases(input);
}

// Other systems that must agree, put into the phases of a hop where the controller's settings want the question.

const phaseAt = { 'before-run': 'preflight', soak: 'soak', finalize: 'finalize' } as const;

/** Only an answer is waited for. */
const answerMs = 1000;

/** The phases of a hop with the questions in them: after the preflight, beside the soak, and between the consent to finalize and what it allows. */
export function withExternal(input: HopInput, phases: readonly Phase[]): readonly Phase[] {
  const [before, soak] = [waveOf(input, 'before-run'), waveOf(input, 'soak')];
  const finalize = isCommanded(input.hop) ? waveOf(input, 'finalize') : null;
  const asked = phases.map((phase) => {
    if (phase.name === 'preflight' && before !== null) return { ...phase, waves: [...phase.waves, before] };
    if (phase.name === 'soak' && soak !== null) return { ...phase, waves: phase.waves.map((wave) => beside(wave, soak)) };
    if (phase.name !== 'finalize' || finalize === null) return phase;
    const rest = phase.waves.findIndex(({ turns }) => turns.some(isRest)) + 1;
    return { ...phase, waves: [...phase.waves.slice(0, rest), finalize, ...phase.waves.slice(rest)] };
  });
  if (soak === null || asked.some(({ name }) => name === 'soak')) return asked;
  const id = `${input.id}.soak`;
  const alone: Phase = { id, name: 'soak', summary: 'other systems must agree', expectedMs: answerMs, waves: [soak] };
  const last = asked.findIndex(({ name }) => name === 'finalize' || name === 'cleanup' || name === 'retire');
  // Also before the consent to what cannot be undone.
  const at = last === -1 ? asked.length : asked[last - 1]?.name === 'consent' ? last - 1 : last;
  return [...asked.slice(0, at), alone, ...asked.slice(at)];
}

const isRest = ({ variants }: Turn): boolean =>
  variants.some(({ steps }) => steps.some(({ body }) => body.kind === 'consent' && body.rests !== undefined));

const beside = (wave: Wave, other: Wave): Wave => {
  const turns = [...wave.turns, ...other.turns];
  return { ...wave, parallel: turns.length, turns };
};

/** All at the same time; null: nothing is asked there. */
function waveOf(input: HopInput, at: CheckPlace): Wave | null {
  const turns = input.external.filter((check) => check.at.includes(at)).map((check) => turnOf(input, at, check));
  return turns.length === 0 ? null : { id: `${input.id}.${phaseAt[at]}.external`, parallel: turns.length, turns };
}

/** Those of the soak must agree for as long as the cluster is watched. */
function turnOf(input: HopInput, at: CheckPlace, { at: _, question, ...check }: ExternalCheck): Turn {
  const id = `${input.id}.${phaseAt[at]}.${input.view.cluster}.${check.name}`;
  const forMs = at === 'soak' ? input.soakMs : 0;
  const asked = forCluster(question, input.view.cluster);
  return controllerTurn({
    id,
    step: `${id}.external`,
    title: titleOf(check.name, asked),
    body: { kind: 'external', ...check, question: asked, forMs },
    expectedMs: Math.max(answerMs, forMs),
  });
}

/** `$cluster` stands for the cluster's name. */
function forCluster(question: ExternalQuestion, cluster: string): ExternalQuestion {
  const url = question.url.replaceAll('$cluster', cluster);
  return question.by === 'http' ? { ...question, url } : { ...question, url, query: question.query.replaceAll('$cluster', cluster) };
}

function titleOf(name: string, question: ExternalQuestion): string {
  return question.by === 'http'
    ? `check ${name}: GET ${question.url} returns ${question.status}`
    : `check ${name}: ${question.query} is at most ${question.atMost}, according to ${question.url}`;
}
