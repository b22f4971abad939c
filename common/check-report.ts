/** What `check` of a program found: faults that would keep it from its work, each one sentence. Nothing is started or changed to find them. */
export interface CheckDocument {
  readonly apiVersion: 'drydock/v1';
  readonly program: 'drydock-controller' | 'drydock-agent';
  readonly ok: boolean;
  /** What was looked at, in order. */
  readonly checked: readonly CheckedPart[];
}

export interface CheckedPart {
  /** `settings`, `identity`, `listen` … */
  readonly part: string;
  /** Each says what is wrong, where, and what to do. */
  readonly faults: readonly string[];
}

/** Exit codes as everywhere: a refusal by a check; settings that cannot be read are a usage error and end earlier. */
export const checkExitCode = ({ ok }: CheckDocument): 0 | 3 => (ok ? 0 : 3);

export function checkDocument(program: CheckDocument['program'], checked: readonly CheckedPart[]): CheckDocument {
  return { apiVersion: 'drydock/v1', program, ok: checked.every(({ faults }) => faults.length === 0), checked };
}

export function checkLines({ program, ok, checked }: CheckDocument): readonly string[] {
  const width = Math.max(...checked.map(({ part }) => part.length));
  const lines = checked.flatMap(({ part, faults }) =>
    faults.length === 0 ? [`${part.padEnd(width)}  ok`] : faults.map((fault) => `${part.padEnd(width)}  ${fault}`),
  );
  const count = checked.flatMap(({ faults }) => faults).length;
  return [...lines, ok ? `${program} can start` : `${count} fault${count === 1 ? '' : 's'}: ${program} would not work`];
}
