// Original file: proto/drydock/v1/agent_link.proto

export const Outcome = {
  OUTCOME_UNSPECIFIED: 'OUTCOME_UNSPECIFIED',
  OUTCOME_DONE: 'OUTCOME_DONE',
  OUTCOME_FAILED: 'OUTCOME_FAILED',
  OUTCOME_REFUSED: 'OUTCOME_REFUSED',
  OUTCOME_INTERRUPTED: 'OUTCOME_INTERRUPTED',
} as const;

export type Outcome =
  | 'OUTCOME_UNSPECIFIED'
  | 0
  | 'OUTCOME_DONE'
  | 1
  | 'OUTCOME_FAILED'
  | 2
  | 'OUTCOME_REFUSED'
  | 3
  | 'OUTCOME_INTERRUPTED'
  | 4

export type Outcome__Output = typeof Outcome[keyof typeof Outcome]
