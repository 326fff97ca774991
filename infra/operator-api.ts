import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { OperatorApiEnv } from '#functions/operator-api/handle-request/env.ts';
import type { CapabilityProps } from './billing-stack.ts';
import { BillingFunction } from './constructs/billing-function.ts';
import { HttpFront } from './constructs/http-api.ts';
import { OPERATOR_SCOPES, type Operators } from './data/operators.ts';
import { INVOICES_BY_SELLER_AND_MONTH, OPEN_INBOX } from './data/tables.ts';
import { type Grant, onIndex, onTable, toOpen, toReadSecrets, toSend } from './grants.ts';

export type OperatorApiProps = CapabilityProps & { payments: Queue; webhooksBaseUrl: string };

/** API Gateway gives up after 30 s. */
const TIMEOUT = Duration.seconds(29);
const CONCURRENCY = 20;
const RATE_LIMIT = { rateLimit: 100, burstLimit: 100 };
const IMPACT = 'Operators and sellers’ systems cannot create invoices or look into payments.';

/** The API of operators and of sellers’ own systems. */
export class OperatorApi extends Construct {
  readonly front: HttpFront;
  readonly function: BillingFunction<OperatorApiEnv>;

  constructor(scope: Construct, id: string, props: OperatorApiProps) {
    super(scope, id);
    const { platform, settings, data } = props;
    this.front = new HttpFront(this, 'OperatorsApi', {
      platform,
      name: `priliv-${settings.stage}-operators`,
      description: 'Invoices, payments and the work of operators',
      throttle: RATE_LIMIT,
      impact: IMPACT,
    });
    this.function = this.createFunction(props);
    this.front.route('HandleRequest', this.function.handler, {
      paths: ['/{proxy+}'],
      methods: [HttpMethod.ANY],
      authorizer: authorizerOf(data.operators),
      // Either of them lets a request in; the function decides which one its route needs.
      scopes: OPERATOR_SCOPES,
    });
    new CfnOutput(Stack.of(this), 'OperatorApiUrl', { value: this.front.baseUrl });
  }

  private createFunction(props: OperatorApiProps): BillingFunction<OperatorApiEnv> {
    const { platform, settings, data, payments, webhooksBaseUrl } = props;
    const { tables, secrets } = data;
    return new BillingFunction<OperatorApiEnv>(this, 'HandleOperatorRequest', {
      platform,
      entry: 'operator-api/handle-request',
      timeout: TIMEOUT,
      concurrency: CONCURRENCY,
      impact: IMPACT,
      grants: grantsFor(props),
      environment: {
        LEDGER_TABLE: tables.ledger.tableName,
        JOURNAL_TABLE: tables.journal.tableName,
        ACCESS_TABLE: tables.access.tableName,
        DELIVERIES_TABLE: tables.deliveries.tableName,
        PAYMENTS_QUEUE_URL: payments.queueUrl,
        GATEWAY_SECRET_PREFIX: secrets.prefix,
        WEBHOOKS_BASE_URL: webhooksBaseUrl,
        STAGE: settings.stage,
      },
    });
  }
}

function grantsFor({ data, payments }: OperatorApiProps): Grant[] {
  const { ledger, journal, access, deliveries } = data.tables;
  return [
    ...onTable(ledger, ['GetItem', 'PutItem'], { keys: ['PAYMENT#*', 'INVOICE#*'] }),
    ...onTable(ledger, ['BatchGetItem'], { keys: ['PAYMENT#*', 'INVOICE#*', 'PAYER#*'] }),
    ...onTable(ledger, ['UpdateItem'], { keys: ['INVOICE#*', 'PAYER#*'] }),
    ...onTable(ledger, ['Query', 'DeleteItem'], { keys: ['INVOICE#*'] }),
    ...onIndex(ledger, OPEN_INBOX),
    ...onIndex(ledger, INVOICES_BY_SELLER_AND_MONTH),
    ...onTable(journal, ['Query'], { keys: ['ACCOUNT#*'] }),
    ...onTable(access, ['GetItem'], { keys: ['ACCESS#*'] }),
    ...onTable(deliveries, ['Query'], { keys: ['DEAD', 'REFUSED#*'] }),
    ...onTable(deliveries, ['GetItem'], { keys: ['DEAD', 'REPLAYED'] }),
    ...onTable(deliveries, ['PutItem'], { keys: ['REPLAYED'] }),
    ...onTable(deliveries, ['DeleteItem'], { keys: ['DEAD'] }),
    ...toSend(payments),
    ...toReadSecrets(data.secrets.operated),
    ...toOpen(data.archiveKey),
  ];
}

function authorizerOf({ pool, consoleClient, programClient }: Operators): HttpJwtAuthorizer {
  return new HttpJwtAuthorizer('Operators', pool.userPoolProviderUrl, {
    jwtAudience: [consoleClient.userPoolClientId, programClient.userPoolClientId],
  });
}
