// Original file: proto/drydock/v1/operator.proto


export interface ListSnapshotsRequest {
  'cluster'?: (string);
  'after'?: (string);
  'selector'?: (string);
  'engine'?: (string);
  'version'?: (string);
  'pageSize'?: (number);
}

export interface ListSnapshotsRequest__Output {
  'cluster': (string);
  'after': (string);
  'selector': (string);
  'engine': (string);
  'version': (string);
  'pageSize': (number);
}
