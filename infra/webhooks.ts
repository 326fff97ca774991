import { CfnOutput, Duration, Stack, TimeZone, Validations } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Alias, type IFunction, type IVersion } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ReceiveWebhookEnv } from '#functions/webhooks/receive-webhook/env.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { BillingFunction } from './constructs/billing-function.ts';
import { HttpFront } from './constructs/http-api.ts';
import type { GatewayIngress } from './gateways.ts';
import { type Grant, onTable, toReadSecrets, toSeal, toSend } from './grants.ts';
import { counter } from './metrics.ts';
import type { Settings } from './settings.ts';

export type WebhooksProps = CapabilityProps & {
  gateways: readonly GatewayIngress[];
  payments: Queue;
};

/** The name of the handler: its deployments share their runbook headings. */
export const RECEIVER = 'ReceiveWebhook';

/** T-Bank and Adyen give up after 10 s; our own answer must come well before theirs. */
const TIMEOUT = Duration.seconds(8);
/** Environments are added before the warm ones are all taken. */
const WARM_UTILISATION = 0.7;
/** The one gateway that asks about an invoice before it takes the money. */
const ASKS_BEFORE_PAYING: readonly string[] = ['cloudpayments'];
/** Strangers knock all the time; a gateway whose secret is wrong here is refused at its own pace. */
const REFUSALS_PER_MINUTE = 5;
const IMPACT = 'Notifications of this gateway are not taken, so its payers wait for access.';

/**
 * The public door: one deployed function per gateway from one bundle, so that a flood from one
 * gateway takes only its own environments.
 */
export class Webhooks extends Construct {
  readonly front: HttpFront;
  readonly receivers: ReadonlyMap<string, BillingFunction<ReceiveWebhookEnv>>;
  /** What gateways and the synthetic payment are told: the custom domain when there is one. */
  readonly baseUrl: string;

  constructor(scope: Construct, id: string, props: WebhooksProps) {
    super(scope, id);
    const { settings, platform, gateways } = props;
    this.front = new HttpFront(this, 'WebhooksApi', {
      platform,
      name: `priliv-${settings.stage}-webhooks`,
      description: 'Notifications of payment gateways',
      throttle: { rateLimit: settings.webhookRate, burstLimit: settings.webhookRate },
      impact: 'Gateways get errors in place of acknowledgements, so payments arrive late.',
    });
    this.baseUrl = settings.webhooksBaseUrl ?? this.front.baseUrl;
    Validations.of(this.front).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Gateways cannot log in. Each request is verified in the function, on its raw bytes.',
    });
    const receivers = gateways.map((gateway) => [gateway.name, this.open(gateway, props)] as const);
    this.receivers = new Map(receivers);
    this.watchDoor(props);
    new CfnOutput(Stack.of(this), 'WebhooksBaseUrl', { value: this.baseUrl });
  }

  private watchDoor({ platform }: WebhooksProps): void {
    platform.alarms.page('Webhooks', 'NotTaken', {
      metric: counter('ReceiveFailed'),
      threshold: 0,
      periods: 5,
      datapoints: 2,
      impact: 'Notifications are answered with 503; gateways come again, so payments arrive late.',
    });
    platform.alarms.page('Webhooks', 'Refusing', {
      metric: counter('Refused'),
      threshold: REFUSALS_PER_MINUTE,
      periods: 5,
      datapoints: 3,
      impact:
        'A changed secret or a new dialect makes real payments look forged; or it is an attack.',
    });
  }

  private open(gateway: GatewayIngress, props: WebhooksProps): BillingFunction<ReceiveWebhookEnv> {
    const { name, methods } = gateway;
    const { settings, platform, data, payments } = props;
    const receiver = new BillingFunction<ReceiveWebhookEnv>(this, `${RECEIVER}-${name}`, {
      platform,
      entry: 'webhooks/receive-webhook',
      runbook: RECEIVER,
      timeout: TIMEOUT,
      concurrency: settings.webhookConcurrency,
      impact: IMPACT,
      grants: grantsFor(name, props),
      environment: {
        GATEWAY: name,
        GATEWAY_SECRET_ID: data.secrets.of(name).id,
        PAYMENTS_QUEUE_URL: payments.queueUrl,
        DELIVERIES_TABLE: data.tables.deliveries.tableName,
        LEDGER_TABLE: data.tables.ledger.tableName,
        ARCHIVE_KEY_ID: data.archiveKey.keyArn,
        STAGE: settings.stage,
      },
    });
    const path = `/webhooks/{seller}/${name}`;
    this.front.route(`Receive-${name}`, keepWarm(receiver, settings) as IFunction, {
      // Both forms for every gateway: a wrong address in a cabinet is then refused and kept for
      // the operator, where API Gateway's own 404 would leave no trace.
      paths: [path, `${path}/{kind}`],
      methods: methods.map((method) => HttpMethod[method]),
    });
    return receiver;
  }
}

function grantsFor(gateway: string, { data, payments }: WebhooksProps): Grant[] {
  const { tables, secrets, archiveKey } = data;
  const asks = ASKS_BEFORE_PAYING.includes(gateway);
  return [
    ...toReadSecrets([secrets.of(gateway).secret]),
    ...toSeal(archiveKey),
    ...toSend(payments),
    ...onTable(tables.deliveries, ['PutItem'], { keys: ['REFUSED#*'] }),
    ...(asks ? onTable(tables.ledger, ['GetItem'], { keys: ['INVOICE#*'] }) : []),
  ];
}

/** Points the API at warm environments: some always, more in the evening, more again under load. */
function keepWarm(receiver: BillingFunction<ReceiveWebhookEnv>, settings: Settings): Alias {
  const { webhookProvisioned, webhookEveningProvisioned, webhookConcurrency } = settings;
  // The CDK's classes do not fit their own interfaces under `exactOptionalPropertyTypes`.
  const version = receiver.handler.currentVersion as IVersion;
  if (webhookProvisioned === 0) return new Alias(receiver, 'Live', { aliasName: 'live', version });
  const alias = new Alias(receiver, 'Live', {
    aliasName: 'live',
    version,
    provisionedConcurrentExecutions: webhookProvisioned,
  });
  const most = Math.max(webhookConcurrency, webhookEveningProvisioned, webhookProvisioned);
  const target = alias.addAutoScaling({ minCapacity: webhookProvisioned, maxCapacity: most });
  target.scaleOnUtilization({ utilizationTarget: WARM_UTILISATION });
  const timeZone = TimeZone.of(settings.eveningZone);
  target.scaleOnSchedule('EveningBegins', {
    schedule: daily(settings.eveningFrom),
    timeZone,
    minCapacity: webhookEveningProvisioned,
  });
  target.scaleOnSchedule('EveningEnds', {
    schedule: daily(settings.eveningTo),
    timeZone,
    minCapacity: webhookProvisioned,
  });
  return alias;
}

function daily(clockTime: string): Schedule {
  const [hour = '0', minute = '0'] = clockTime.split(':').map((part) => String(Number(part)));
  return Schedule.cron({ hour, minute });
}
