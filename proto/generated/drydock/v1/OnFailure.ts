// Original file: proto/drydock/v1/agent_link.proto

export const OnFailure = {
  ON_FAILURE_UNSPECIFIED: 'ON_FAILURE_UNSPECIFIED',
  ON_FAILURE_REVERT: 'ON_FAILURE_REVERT',
  ON_FAILURE_LEAVE_STOPPED: 'ON_FAILURE_LEAVE_STOPPED',
} as const;

export type OnFailure =
  | 'ON_FAILURE_UNSPECIFIED'
  | 0
  | 'ON_FAILURE_REVERT'
  | 1
  | 'ON_FAILURE_LEAVE_STOPPED'
  | 2

export type OnFailure__Output = typeof OnFailure[keyof typeof OnFailure]
