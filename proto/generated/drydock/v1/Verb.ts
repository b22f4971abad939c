// Original file: proto/drydock/v1/agent_link.proto

export const Verb = {
  VERB_UNSPECIFIED: 'VERB_UNSPECIFIED',
  VERB_FINALIZE: 'VERB_FINALIZE',
} as const;

export type Verb =
  | 'VERB_UNSPECIFIED'
  | 0
  | 'VERB_FINALIZE'
  | 1

export type Verb__Output = typeof Verb[keyof typeof Verb]
