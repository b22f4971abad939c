// Original file: proto/drydock/v1/agent_link.proto

export const FinalizePart = {
  FINALIZE_PART_UNSPECIFIED: 'FINALIZE_PART_UNSPECIFIED',
  FINALIZE_PART_PREVIOUS_RELEASE: 'FINALIZE_PART_PREVIOUS_RELEASE',
  FINALIZE_PART_SNAPSHOT: 'FINALIZE_PART_SNAPSHOT',
} as const;

export type FinalizePart =
  | 'FINALIZE_PART_UNSPECIFIED'
  | 0
  | 'FINALIZE_PART_PREVIOUS_RELEASE'
  | 1
  | 'FINALIZE_PART_SNAPSHOT'
  | 2

export type FinalizePart__Output = typeof FinalizePart[keyof typeof FinalizePart]
