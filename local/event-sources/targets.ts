import type { DeadLetterReason } from '#local/events/deliveries.ts';
import type { Access } from '#local/iam/access.ts';
import { ROOT } from '#local/iam/iam.ts';
import { AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import type { AsyncInvocations } from '#local/lambda/async-invocations.ts';
import { functionNameOf } from '#local/lambda/function-config.ts';
import type { SqsService } from '#local/sqs/sqs.ts';

/** On whose behalf a service delivers: its own name and resource, or a role it was given. */
export type Sender = {
  /** For example `events.amazonaws.com`. */
  service: string;
  sourceArn: string;
  accountId: string;
  roleArn: string | undefined;
};

export type TargetDelivery = {
  targetArn: string;
  body: string;
  sender: Sender;
  messageGroupId?: string | undefined;
  attributes?: Json;
};

export type TargetsOptions = {
  access: Access;
  sqs: SqsService;
  asyncInvocations: AsyncInvocations;
};

/** Delivers for EventBridge and Scheduler, after asking the policies as those services are asked. */
export class Targets {
  readonly #options: TargetsOptions;

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  async deliver(delivery: TargetDelivery): Promise<void> {
    const service = delivery.targetArn.split(':')[2];
    if (service === 'sqs') return this.#send(delivery);
    if (service === 'lambda') return this.#invoke(delivery);
    throw notEmulated(delivery.sender.service, `a target of ${service}`);
  }

  async #send({ targetArn, body, sender, messageGroupId, attributes }: TargetDelivery) {
    this.#authorize(sender, 'sqs:SendMessage', targetArn);
    const input = {
      QueueUrl: targetArn.split(':').at(-1) ?? '',
      MessageBody: body,
      ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
      ...(attributes === undefined ? {} : { MessageAttributes: attributes }),
    };
    await this.#options.sqs.call('SendMessage', input, { principal: ROOT });
  }

  /** Both services invoke asynchronously: the delivery is made once the event is accepted. */
  #invoke({ targetArn, body, sender }: TargetDelivery): void {
    this.#authorize(sender, 'lambda:InvokeFunction', targetArn);
    this.#options.asyncInvocations.accept(functionNameOf(targetArn), targetArn, body);
  }

  #authorize(sender: Sender, action: string, resource: string): void {
    const { access } = this.#options;
    if (sender.roleArn !== undefined) {
      const role = access.iam.roleByArn(sender.roleArn);
      access.authorize(role.id, [{ action, resource }]);
      return;
    }
    const { service, sourceArn, accountId } = sender;
    if (access.allowsService({ service, action, resource, sourceArn, accountId })) return;
    throw new AwsError(
      'AccessDeniedException',
      `${service} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows it for ${sourceArn}`,
    );
  }
}

/** The message attributes that EventBridge and Scheduler put on what they could not deliver. */
export function failureAttributes(failure: Omit<DeadLetterReason, 'ruleArn'>): Json {
  return {
    TARGET_ARN: textAttribute(failure.targetArn),
    ERROR_CODE: textAttribute(failure.errorCode),
    ERROR_MESSAGE: textAttribute(failure.errorMessage),
    RETRY_ATTEMPTS: textAttribute(String(failure.retryAttempts)),
    EXHAUSTED_RETRY_CONDITION: textAttribute(failure.exhausted),
  };
}

export function textAttribute(value: string): Json {
  return { DataType: 'String', StringValue: value.slice(0, 1024) || 'unknown' };
}
