// Original file: proto/drydock/v1/operator.proto


export interface ListHostsRequest {
  'after'?: (string);
  'selector'?: (string);
  'engine'?: (string);
  'version'?: (string);
  'state'?: (string);
  'pageSize'?: (number);
}

export interface ListHostsRequest__Output {
  'after': (string);
  'selector': (string);
  'engine': (string);
  'version': (string);
  'state': (string);
  'pageSize': (number);
}
