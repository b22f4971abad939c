/** Where the bytes of releases come from: the controller in production, memory in tests. */
export interface ArtifactSource {
  /** From offset to the end. Throws FailureError; remedy `retry` says that going on from the new offset makes sense. */
  read(digest: string, offset: number): AsyncIterable<Uint8Array>;
}
