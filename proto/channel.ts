/**
 * Limits and liveness of every gRPC connection, set explicitly on both sides: the library's own defaults never ping and accept
 * any number of streams. Artifacts travel in small pieces, so no message is large.
 */
/** Where a controller listens, and is looked for, unless settings say otherwise. */
export const defaultAddress = '127.0.0.1:7420';

export const maxMessageBytes = 1024 * 1024;
export const artifactPieceBytes = 256 * 1024;
/** A document of more than this comes in pieces. */
export const inlineDocumentBytes = 512 * 1024;

const common = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.enable_channelz': 0,
} as const;

export const serverOptions = {
  ...common,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_concurrent_streams': 64,
  // Megabytes that one connection may hold in streams and headers; the library's default is no limit.
  'grpc-node.max_session_memory': 16,
} as const;

export const clientOptions = {
  ...common,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  // One retry policy, in the caller's tick; the library's retry buffer grows on long streams.
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
  // A sender waits for each window of a receiver: the library's 64 KiB cost an artifact half as much CPU again.
  'grpc-node.flow_control_window': artifactPieceBytes,
} as const;
