import { RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { GatewayIngress } from '../gateways.ts';

export type GatewaySecretsProps = {
  stage: string;
  key: Key;
  gateways: readonly GatewayIngress[];
};

/** Credentials of all sellers at each gateway: one secret per gateway, a JSON object by seller id. */
export class GatewaySecrets extends Construct {
  /** The name of a gateway's secret is this and the gateway's name. */
  readonly prefix: string;
  private readonly byGateway: ReadonlyMap<string, Secret>;

  constructor(scope: Construct, id: string, { stage, key, gateways }: GatewaySecretsProps) {
    super(scope, id);
    this.prefix = `/priliv/${stage}/gateways/`;
    const secrets = gateways.map(({ name }) => [name, this.create(name, key)] as const);
    this.byGateway = new Map(secrets);
    const those = (wanted: readonly GatewayIngress[]) =>
      wanted.map(({ name }) => this.of(name).secret);
    this.reread = those(gateways.filter(({ isReread }) => isReread));
    this.operated = those(gateways.filter(({ isOperated }) => isOperated));
  }

  /** The secrets of the gateways that settlement re-reads. */
  readonly reread: readonly Secret[];
  /** The secrets of the gateways that operators make links and refunds through. */
  readonly operated: readonly Secret[];

  /** The secret and the name that functions ask for. */
  of(gateway: string): { id: string; secret: Secret } {
    const secret = this.byGateway.get(gateway);
    if (!secret) throw new Error(`The gateway ${gateway} is not deployed, so it has no secret.`);
    return { id: `${this.prefix}${gateway}`, secret };
  }

  private create(gateway: string, key: Key): Secret {
    const secret = new Secret(this, gateway, {
      secretName: `${this.prefix}${gateway}`,
      description: `Credentials at ${gateway}, a JSON object by seller id`,
      encryptionKey: key,
      // No seller yet. CloudFormation writes this once; what operators put later stays.
      secretStringValue: SecretValue.unsafePlainText('{}'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Gateways issue these in their cabinets; no API rotates them. Two are valid meanwhile.',
    });
    return secret;
  }
}
