// Original file: proto/drydock/v1/operator.proto


export interface ListIdentitiesRequest {
  'class'?: (string);
  'after'?: (string);
}

export interface ListIdentitiesRequest__Output {
  'class': (string);
  'after': (string);
}
