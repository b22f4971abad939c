// Original file: proto/drydock/v1/agent_link.proto

export const Verb = {
  VERB_UNSPECIFIED: 'VERB_UNSPECIFIED',
  VERB_FINALIZE: 'VERB_FINALIZE',
  VERB_FENCE: 'VERB_FENCE',
  VERB_UNFENCE: 'VERB_UNFENCE',
  VERB_PROMOTE: 'VERB_PROMOTE',
  VERB_REPOINT: 'VERB_REPOINT',
  VERB_DROP_SLOTS: 'VERB_DROP_SLOTS',
  VERB_CONFIGURE: 'VERB_CONFIGURE',
} as const;

export type Verb =
  | 'VERB_UNSPECIFIED'
  | 0
  | 'VERB_FINALIZE'
  | 1
  | 'VERB_FENCE'
  | 2
  | 'VERB_UNFENCE'
  | 3
  | 'VERB_PROMOTE'
  | 4
  | 'VERB_REPOINT'
  | 5
  | 'VERB_DROP_SLOTS'
  | 6
  | 'VERB_CONFIGURE'
  | 7

export type Verb__Output = typeof Verb[keyof typeof Verb]
