// Original file: proto/drydock/v1/agent_link.proto

export const FinalizePart = {
  FINALIZE_PART_UNSPECIFIED: 'FINALIZE_PART_UNSPECIFIED',
  FINALIZE_PART_PREVIOUS_RELEASE: 'FINALIZE_PART_PREVIOUS_RELEASE',
} as const;

export type FinalizePart =
  | 'FINALIZE_PART_UNSPECIFIED'
  | 0
  | 'FINALIZE_PART_PREVIOUS_RELEASE'
  | 1

export type FinalizePart__Output = typeof FinalizePart[keyof typeof FinalizePart]
