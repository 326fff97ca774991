let invocations = 0;

/** Does what the event asks for, so that a test can see what an environment is like. */
export async function handler(event, context) {
  invocations += 1;
  if (event.prints) console.log(event.prints);
  if (event.waitMs) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
  if (event.loops) for (;;);
  if (event.exits) process.exit(1);
  if (event.throws) throw new TypeError(event.throws);
  return {
    invocations,
    requestId: context.awsRequestId,
    remainingMs: context.getRemainingTimeInMillis(),
    memory: context.memoryLimitInMB,
    arn: context.invokedFunctionArn,
    environment: process.env,
  };
}
