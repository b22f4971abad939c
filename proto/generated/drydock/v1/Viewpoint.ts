// Original file: proto/drydock/v1/agent_link.proto

export const Viewpoint = {
  VIEWPOINT_UNSPECIFIED: 'VIEWPOINT_UNSPECIFIED',
  VIEWPOINT_SELF: 'VIEWPOINT_SELF',
  VIEWPOINT_PEER: 'VIEWPOINT_PEER',
} as const;

export type Viewpoint =
  | 'VIEWPOINT_UNSPECIFIED'
  | 0
  | 'VIEWPOINT_SELF'
  | 1
  | 'VIEWPOINT_PEER'
  | 2

export type Viewpoint__Output = typeof Viewpoint[keyof typeof Viewpoint]
