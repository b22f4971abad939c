// Original file: proto/drydock/v1/agent_link.proto

export const DowntimeMode = {
  DOWNTIME_MODE_UNSPECIFIED: 'DOWNTIME_MODE_UNSPECIFIED',
  DOWNTIME_MODE_NORMAL: 'DOWNTIME_MODE_NORMAL',
  DOWNTIME_MODE_UPGRADE: 'DOWNTIME_MODE_UPGRADE',
  DOWNTIME_MODE_DOWNGRADE: 'DOWNTIME_MODE_DOWNGRADE',
} as const;

export type DowntimeMode =
  | 'DOWNTIME_MODE_UNSPECIFIED'
  | 0
  | 'DOWNTIME_MODE_NORMAL'
  | 1
  | 'DOWNTIME_MODE_UPGRADE'
  | 2
  | 'DOWNTIME_MODE_DOWNGRADE'
  | 3

export type DowntimeMode__Output = typeof DowntimeMode[keyof typeof DowntimeMode]
