// Original file: proto/drydock/v1/operator.proto


export interface ListHostsRequest {
  'after'?: (string);
  'selector'?: (string);
}

export interface ListHostsRequest__Output {
  'after': (string);
  'selector': (string);
}
