// Original file: proto/drydock/v1/operator.proto


export interface RemoveSnapshotRequest {
  'snapshot'?: (string);
  'reason'?: (string);
}

export interface RemoveSnapshotRequest__Output {
  'snapshot': (string);
  'reason': (string);
}
