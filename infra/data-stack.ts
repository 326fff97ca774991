import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { Buckets } from './data/buckets.ts';
import { GatewaySecrets } from './data/gateway-secrets.ts';
import { Operators } from './data/operators.ts';
import { Tables } from './data/tables.ts';
import type { GatewayIngress } from './gateways.ts';
import type { Settings } from './settings.ts';

export type DataStackProps = StackProps & {
  settings: Settings;
  gateways: readonly GatewayIngress[];
};

/**
 * Everything that must outlive a deployment: kept when the stack is deleted, ids never renamed.
 *
 * Functions and alarms are in the other stack, so that it can be rolled back or rebuilt freely.
 */
export class DataStack extends Stack {
  /** Encrypts tables, queues, secrets and buckets. */
  readonly dataKey: Key;
  /** Seals raw requests. Functions on the payment path may seal with it and never open. */
  readonly archiveKey: Key;
  readonly tables: Tables;
  readonly buckets: Buckets;
  readonly bus: EventBus;
  readonly secrets: GatewaySecrets;
  readonly operators: Operators;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { settings, gateways } = props;
    const { stage } = settings;
    this.dataKey = createKey(this, 'DataKey', `Priliv ${stage}: tables, queues and secrets`);
    this.archiveKey = createKey(this, 'ArchiveKey', `Priliv ${stage}: raw requests of gateways`);
    this.letAlarmsPublish();
    this.tables = new Tables(this, 'Tables', { settings, key: this.dataKey });
    this.buckets = new Buckets(this, 'Buckets', { settings, key: this.dataKey });
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `priliv-${stage}`,
      description: 'Facts of the ledger, for everybody who subscribes',
    });
    this.bus.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.secrets = new GatewaySecrets(this, 'Secrets', { stage, key: this.dataKey, gateways });
    this.operators = new Operators(this, 'Operators', { settings });
    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName });
  }

  /** CloudWatch publishes to an encrypted topic only when the key itself lets it. */
  private letAlarmsPublish(): void {
    const publish = new PolicyStatement({
      sid: 'AlarmsToEncryptedTopic',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    });
    this.dataKey.addToResourcePolicy(publish);
  }
}

function createKey(stack: Stack, id: string, description: string): Key {
  return new Key(stack, id, {
    description,
    enableKeyRotation: true,
    rotationPeriod: Duration.days(365),
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
