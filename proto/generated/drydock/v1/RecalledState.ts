// Original file: proto/drydock/v1/agent_link.proto

export const RecalledState = {
  RECALLED_STATE_UNSPECIFIED: 'RECALLED_STATE_UNSPECIFIED',
  RECALLED_STATE_OPEN: 'RECALLED_STATE_OPEN',
  RECALLED_STATE_ENDED: 'RECALLED_STATE_ENDED',
  RECALLED_STATE_FORGOTTEN: 'RECALLED_STATE_FORGOTTEN',
} as const;

export type RecalledState =
  | 'RECALLED_STATE_UNSPECIFIED'
  | 0
  | 'RECALLED_STATE_OPEN'
  | 1
  | 'RECALLED_STATE_ENDED'
  | 2
  | 'RECALLED_STATE_FORGOTTEN'
  | 3

export type RecalledState__Output = typeof RecalledState[keyof typeof RecalledState]
