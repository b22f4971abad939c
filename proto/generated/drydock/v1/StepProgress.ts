// Original file: proto/drydock/v1/operator.proto


export interface StepProgress {
  'step'?: (string);
  'part'?: (string);
  'fraction'?: (number | string);
  'note'?: (string);
}

export interface StepProgress__Output {
  'step': (string);
  'part': (string);
  'fraction': (number);
  'note': (string);
}
