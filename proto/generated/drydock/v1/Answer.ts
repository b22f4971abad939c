// Original file: proto/drydock/v1/types.proto

export const Answer = {
  ANSWER_UNSPECIFIED: 'ANSWER_UNSPECIFIED',
  ANSWER_YES: 'ANSWER_YES',
  ANSWER_NO: 'ANSWER_NO',
  ANSWER_UNKNOWN: 'ANSWER_UNKNOWN',
} as const;

export type Answer =
  | 'ANSWER_UNSPECIFIED'
  | 0
  | 'ANSWER_YES'
  | 1
  | 'ANSWER_NO'
  | 2
  | 'ANSWER_UNKNOWN'
  | 3

export type Answer__Output = typeof Answer[keyof typeof Answer]
