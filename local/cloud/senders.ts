import { failureAttributes, type Targets, textAttribute } from '#local/event-sources/targets.ts';
import type { DeliverEvents } from '#local/events/deliveries.ts';
import type { Access } from '#local/iam/access.ts';
import type { Json } from '#local/kernel/service.ts';
import type { FunctionPool } from '#local/lambda/function-pool.ts';
import type { InvokeSchedules } from '#local/scheduler/runner.ts';
import type { SqsService } from '#local/sqs/sqs.ts';

/** Engines deliver through targets that exist only once the template is wired. */
export type Late<T> = { current: T | undefined };

function needed<T>(late: Late<T>): T {
  if (late.current === undefined) throw new Error('the local cloud is still starting');
  return late.current;
}

/** How EventBridge hands events and dead letters over. */
export function eventDelivery(targets: Late<Targets>, accountId: string): DeliverEvents {
  const service = 'events.amazonaws.com';
  return {
    async deliver(targetArn, payload, rule, target) {
      const sender = { service, sourceArn: rule.arn, accountId, roleArn: target.roleArn };
      const { messageGroupId } = target;
      const body = JSON.stringify(payload);
      await needed(targets).deliver({ targetArn, body, sender, messageGroupId });
    },
    async deadLetter(queueArn, payload, reason) {
      const sender = { service, sourceArn: reason.ruleArn, accountId, roleArn: undefined };
      const attributes = { RULE_ARN: textAttribute(reason.ruleArn), ...failureAttributes(reason) };
      const body = JSON.stringify(payload);
      await needed(targets).deliver({ targetArn: queueArn, body, sender, attributes });
    },
  };
}

/** How Scheduler invokes targets: always with the role that the schedule names. */
export function scheduleDelivery(targets: Late<Targets>, accountId: string): InvokeSchedules {
  const senderOf = (sourceArn: string, roleArn: string | undefined) => ({
    service: 'scheduler.amazonaws.com',
    sourceArn,
    accountId,
    roleArn,
  });
  // A failure does not name the role; the attempts before it did.
  const roles = new Map<string, string | undefined>();
  return {
    async invoke({ arn, target }, body) {
      const { arn: targetArn, messageGroupId, roleArn } = target;
      roles.set(arn, roleArn);
      const sender = senderOf(arn, roleArn);
      await needed(targets).deliver({ targetArn, body, sender, messageGroupId });
    },
    async deadLetter(queueArn, body, failure) {
      const attributes = {
        SCHEDULE_ARN: textAttribute(failure.scheduleArn),
        ...failureAttributes(failure),
      };
      const sender = senderOf(failure.scheduleArn, roles.get(failure.scheduleArn));
      await needed(targets).deliver({ targetArn: queueArn, body, sender, attributes });
    },
  };
}

/** Sends to a queue with the role of a function, as Lambda does for its failure destinations. */
export function senderAs(access: Access, sqs: SqsService) {
  return async (
    pool: FunctionPool,
    queueArn: string,
    MessageBody: string,
    MessageAttributes: Json = {},
  ): Promise<void> => {
    const principal = access.iam.roleByArn(pool.config.roleArn).id;
    access.authorize(principal, [{ action: 'sqs:SendMessage', resource: queueArn }]);
    const QueueUrl = queueArn.split(':').at(-1) ?? '';
    await sqs.call('SendMessage', { QueueUrl, MessageBody, MessageAttributes }, { principal });
  };
}
