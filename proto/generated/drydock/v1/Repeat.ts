// Original file: proto/drydock/v1/agent_link.proto

export const Repeat = {
  REPEAT_UNSPECIFIED: 'REPEAT_UNSPECIFIED',
  REPEAT_CONVERGENT: 'REPEAT_CONVERGENT',
  REPEAT_ONCE: 'REPEAT_ONCE',
} as const;

export type Repeat =
  | 'REPEAT_UNSPECIFIED'
  | 0
  | 'REPEAT_CONVERGENT'
  | 1
  | 'REPEAT_ONCE'
  | 2

export type Repeat__Output = typeof Repeat[keyof typeof Repeat]
