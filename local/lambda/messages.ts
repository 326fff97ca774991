/** What a worker is told when it starts. */
export type EnvironmentStart = {
  /** Absolute path of the bundle. */
  file: string;
  /** The exported name of the handler. */
  exportName: string;
  hasSourceMaps: boolean;
  functionName: string;
  functionVersion: string;
  memoryMb: number;
  logGroupName: string;
  logStreamName: string;
};

/** One call of the handler. The event travels as text, as it does in the cloud. */
export type InvocationStart = {
  requestId: string;
  payload: string;
  /** What is left of the function's timeout when the message is sent. */
  remainingMs: number;
  invokedArn: string;
  traceId: string;
};

export type FromWorker =
  | { kind: 'ready'; initMs: number }
  | { kind: 'init_failed'; error: FunctionError }
  | { kind: 'line'; text: string }
  | { kind: 'done'; requestId: string; payload: string }
  | { kind: 'failed'; requestId: string; error: FunctionError };

/** The error document that Lambda answers for a handler that threw. */
export type FunctionError = { errorType: string; errorMessage: string; trace: string[] };
