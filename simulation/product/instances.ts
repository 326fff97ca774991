/**
 * Instances of one function, as Lambda keeps them: each runs one invocation at a time, and stays
 * warm for the next one. One that crashed or ran out of time never comes back, and with it goes
 * whatever it remembered.
 */
export function pool<Event, Answer>(
  create: () => (event: Event) => Promise<Answer>,
): (event: Event) => Promise<Answer> {
  const warm: ((event: Event) => Promise<Answer>)[] = [];
  return async (event) => {
    const instance = warm.pop() ?? create();
    try {
      return await instance(event);
    } finally {
      warm.push(instance);
    }
  };
}

/**
 * A Lambda handler as a function of its event. The runtime gives it a context, of which the
 * handlers of this product read nothing, and takes any answer; here the answer has its type.
 */
export function invoked<Event, Answer>(
  handler: (event: never, context: never) => unknown,
): (event: Event) => Promise<Answer> {
  return async (event) => (await handler(event as never, {} as never)) as Answer;
}
