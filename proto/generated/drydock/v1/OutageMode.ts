// Original file: proto/drydock/v1/agent_link.proto

export const OutageMode = {
  OUTAGE_MODE_UNSPECIFIED: 'OUTAGE_MODE_UNSPECIFIED',
  OUTAGE_MODE_NORMAL: 'OUTAGE_MODE_NORMAL',
  OUTAGE_MODE_UPGRADE: 'OUTAGE_MODE_UPGRADE',
  OUTAGE_MODE_DOWNGRADE: 'OUTAGE_MODE_DOWNGRADE',
} as const;

export type OutageMode =
  | 'OUTAGE_MODE_UNSPECIFIED'
  | 0
  | 'OUTAGE_MODE_NORMAL'
  | 1
  | 'OUTAGE_MODE_UPGRADE'
  | 2
  | 'OUTAGE_MODE_DOWNGRADE'
  | 3

export type OutageMode__Output = typeof OutageMode[keyof typeof OutageMode]
