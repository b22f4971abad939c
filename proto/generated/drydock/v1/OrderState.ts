// Original file: proto/drydock/v1/agent_link.proto

export const OrderState = {
  ORDER_STATE_UNSPECIFIED: 'ORDER_STATE_UNSPECIFIED',
  ORDER_STATE_ACCEPTED: 'ORDER_STATE_ACCEPTED',
  ORDER_STATE_BEGUN: 'ORDER_STATE_BEGUN',
  ORDER_STATE_ENDED: 'ORDER_STATE_ENDED',
  ORDER_STATE_REFUSED: 'ORDER_STATE_REFUSED',
} as const;

export type OrderState =
  | 'ORDER_STATE_UNSPECIFIED'
  | 0
  | 'ORDER_STATE_ACCEPTED'
  | 1
  | 'ORDER_STATE_BEGUN'
  | 2
  | 'ORDER_STATE_ENDED'
  | 3
  | 'ORDER_STATE_REFUSED'
  | 4

export type OrderState__Output = typeof OrderState[keyof typeof OrderState]
