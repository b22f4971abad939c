// Original file: proto/drydock/v1/agent_link.proto

export const OutagePart = {
  OUTAGE_PART_UNSPECIFIED: 'OUTAGE_PART_UNSPECIFIED',
  OUTAGE_PART_QUIESCE: 'OUTAGE_PART_QUIESCE',
  OUTAGE_PART_STOP: 'OUTAGE_PART_STOP',
  OUTAGE_PART_ACTIVATE: 'OUTAGE_PART_ACTIVATE',
  OUTAGE_PART_START: 'OUTAGE_PART_START',
  OUTAGE_PART_RESTORE: 'OUTAGE_PART_RESTORE',
} as const;

export type OutagePart =
  | 'OUTAGE_PART_UNSPECIFIED'
  | 0
  | 'OUTAGE_PART_QUIESCE'
  | 1
  | 'OUTAGE_PART_STOP'
  | 2
  | 'OUTAGE_PART_ACTIVATE'
  | 3
  | 'OUTAGE_PART_START'
  | 4
  | 'OUTAGE_PART_RESTORE'
  | 5

export type OutagePart__Output = typeof OutagePart[keyof typeof OutagePart]
