// Original file: proto/drydock/v1/types.proto


export interface ConfigPreview {
  'file'?: (string);
  'fromDigest'?: (string);
  'toDigest'?: (string);
  'lines'?: (string)[];
  'restartKeys'?: (string)[];
  'problems'?: (string)[];
  'warnings'?: (string)[];
}

export interface ConfigPreview__Output {
  'file': (string);
  'fromDigest': (string);
  'toDigest': (string);
  'lines': (string)[];
  'restartKeys': (string)[];
  'problems': (string)[];
  'warnings': (string)[];
}
