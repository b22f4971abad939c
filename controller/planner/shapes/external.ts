/** PURE. Other systems that must agree, put into the phases of a hop where the controller's settings want the question. */
import type { ExternalQuestion } from '../../../common/controller-body.ts';
import type { Phase, Turn, Wave } from '../../../common/plan.ts';
import type { CheckPlace, ExternalCheck } from '../plan-input.ts';
import { isCommanded } from './cluster-steps.ts';
import { controllerTurn } from './controller-turn.ts';
import type { HopInput } from './hop-input.ts';

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
    ? `check ${name}: GET ${question.url} answers ${question.status}`
    : `check ${name}: ${question.query} is at most ${question.atMost}, as ${question.url} answers`;
}
