import type { Deployment } from '#local/template/deployment.ts';
import { asText, isObject, optionalNumber, optionalText } from '#local/template/json.ts';
import { type AsyncPolicy, DEFAULT_ASYNC_POLICY } from './async-invocations.ts';
import { functionNameOf } from './function-config.ts';

/** How asynchronous invocations are retried, by function name. */
export function readAsyncPolicies(deployment: Deployment): ReadonlyMap<string, AsyncPolicy> {
  const policies = new Map<string, AsyncPolicy>();
  for (const { ref, properties, id } of deployment.resources('AWS::Lambda::Function')) {
    const config = properties['DeadLetterConfig'];
    if (!isObject(config)) continue;
    const deadLetters = optionalText(config['TargetArn'], id);
    policies.set(ref, { ...DEFAULT_ASYNC_POLICY, deadLetters });
  }
  for (const { properties, id } of deployment.resources('AWS::Lambda::EventInvokeConfig')) {
    const name = functionNameOf(asText(properties['FunctionName'], id));
    const destinations = properties['DestinationConfig'];
    if (isObject(destinations) && destinations['OnSuccess'] !== undefined) {
      throw new Error(`${id}: on-success destinations are not emulated`);
    }
    const onFailure = isObject(destinations) ? destinations['OnFailure'] : undefined;
    const ageSeconds = optionalNumber(properties['MaximumEventAgeInSeconds'], id);
    const base = policies.get(name) ?? DEFAULT_ASYNC_POLICY;
    policies.set(name, {
      ...base,
      maxRetries: optionalNumber(properties['MaximumRetryAttempts'], id) ?? base.maxRetries,
      maxAgeMs: ageSeconds === undefined ? base.maxAgeMs : ageSeconds * 1000,
      onFailure: isObject(onFailure) ? queueArnOf(onFailure['Destination'], id) : undefined,
    });
  }
  return policies;
}

function queueArnOf(value: unknown, id: string): string {
  const arn = asText(value, `Destination of ${id}`);
  if (arn.split(':')[2] === 'sqs') return arn;
  throw new Error(`${id}: on-failure destination ${arn} is not emulated`);
}
