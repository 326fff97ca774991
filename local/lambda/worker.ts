/**
 * One execution environment, inside its own thread.
 *
 * It does what the managed Node.js runtime does: load the bundle once, then call the exported
 * handler with one event at a time. Everything that the handler prints goes to the parent at once,
 * so that nothing is lost when the environment is killed.
 */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { EnvironmentStart, FromWorker, FunctionError, InvocationStart } from './messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const start: EnvironmentStart = workerData;
const startedAtMs = performance.now();

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const trace = (error.stack ?? '').split('\n');
  return { errorType: error.name, errorMessage: error.message, trace };
}

function captureOutput(): void {
  let rest = '';
  const write = (chunk: unknown): boolean => {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) tell({ kind: 'line', text });
    return true;
  };
  process.stdout.write = write;
  process.stderr.write = write;
}

async function loadHandler(): Promise<Handler> {
  const module: Record<string, unknown> = await import(pathToFileURL(start.file).href);
  const fallback = module['default'];
  const found =
    module[start.exportName] ??
    (typeof fallback === 'object' && fallback
      ? Reflect.get(fallback, start.exportName)
      : undefined);
  if (typeof found !== 'function') {
    throw Object.assign(new Error(`${start.exportName} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  }
  return (event, context) => Reflect.apply(found, undefined, [event, context]);
}

function contextOf(invocation: InvocationStart): object {
  const deadlineMs = Date.now() + invocation.remainingMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: start.functionName,
    functionVersion: start.functionVersion,
    memoryLimitInMB: String(start.memoryMb),
    logGroupName: start.logGroupName,
    logStreamName: start.logStreamName,
    invokedFunctionArn: invocation.invokedArn,
    awsRequestId: invocation.requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function run(handler: Handler, invocation: InvocationStart): Promise<void> {
  const { requestId } = invocation;
  process.env['_X_AMZN_TRACE_ID'] = invocation.traceId;
  try {
    const answer = await handler(JSON.parse(invocation.payload), contextOf(invocation));
    tell({ kind: 'done', requestId, payload: JSON.stringify(answer) ?? 'null' });
  } catch (error) {
    tell({ kind: 'failed', requestId, error: describe(error) });
  }
}

captureOutput();
if (start.hasSourceMaps) process.setSourceMapsEnabled(true);
try {
  const handler = await loadHandler();
  parentPort?.on('message', (invocation: InvocationStart) => void run(handler, invocation));
  tell({ kind: 'ready', initMs: performance.now() - startedAtMs });
} catch (error) {
  tell({ kind: 'init_failed', error: describe(error) });
}
