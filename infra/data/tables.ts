import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

/** Parked payments by seller, oldest first. Sparse: only a parked payment has its keys. */
export const OPEN_INBOX = 'openInbox';
/** Invoices of a seller, a month at a time, newest first. */
export const INVOICES_BY_SELLER_AND_MONTH = 'invoicesBySellerAndMonth';

/**
 * Settling one payment writes two items in a transaction, each of one or two units, twice the price
 * of a plain write. The journal then takes the entry and its seal.
 */
const LEDGER_UNITS_PER_PAYMENT = 8;
const JOURNAL_UNITS_PER_PAYMENT = 4;
const READ_UNITS_PER_PAYMENT = 4;
/** What DynamoDB gives every new on-demand table anyway. */
const FREE_WARM_WRITES = 4000;
const FREE_WARM_READS = 12_000;

const PK = { name: 'pk', type: AttributeType.STRING } as const;
const SK = { name: 'sk', type: AttributeType.STRING } as const;
const text = (name: string) => ({ name, type: AttributeType.STRING }) as const;

export type WarmThroughput = { readUnitsPerSecond: number; writeUnitsPerSecond: number };

/** The units a table must take at the peak without splitting partitions first. */
export function warmThroughputFor(
  peakPaymentsPerSecond: number,
  writeUnitsPerPayment: number,
): WarmThroughput {
  return {
    readUnitsPerSecond: Math.max(FREE_WARM_READS, peakPaymentsPerSecond * READ_UNITS_PER_PAYMENT),
    writeUnitsPerSecond: Math.max(FREE_WARM_WRITES, peakPaymentsPerSecond * writeUnitsPerPayment),
  };
}

export type TablesProps = { settings: Settings; key: Key };

/** A table for each owner of truth. Who may write payments cannot write the journal about them. */
export class Tables extends Construct {
  readonly ledger: TableV2;
  readonly journal: TableV2;
  readonly deliveries: TableV2;
  readonly access: TableV2;
  readonly ledgerWarm: WarmThroughput;
  readonly journalWarm: WarmThroughput;

  constructor(scope: Construct, id: string, { settings, key }: TablesProps) {
    super(scope, id);
    const { peakPaymentsPerSecond: peak } = settings;
    this.ledgerWarm = warmThroughputFor(peak, LEDGER_UNITS_PER_PAYMENT);
    this.journalWarm = warmThroughputFor(peak, JOURNAL_UNITS_PER_PAYMENT);
    const common = protectedTable(settings, key);
    this.ledger = new TableV2(this, 'Ledger', {
      ...common,
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      warmThroughput: this.ledgerWarm,
      globalSecondaryIndexes: [
        {
          indexName: OPEN_INBOX,
          partitionKey: text('inboxSeller'),
          sortKey: text('inboxSince'),
          projectionType: ProjectionType.ALL,
        },
        {
          indexName: INVOICES_BY_SELLER_AND_MONTH,
          partitionKey: text('sellerMonth'),
          sortKey: text('createdKey'),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.journal = new TableV2(this, 'Journal', { ...common, warmThroughput: this.journalWarm });
    this.deliveries = new TableV2(this, 'Deliveries', {
      ...common,
      timeToLiveAttribute: 'expiresAt',
    });
    this.access = new TableV2(this, 'Access', common);
    for (const [name, table] of Object.entries(this.all)) {
      new CfnOutput(Stack.of(this), `${name}TableName`, { value: table.tableName });
    }
  }

  private get all(): Record<string, TableV2> {
    const { ledger, journal, deliveries, access } = this;
    return { Ledger: ledger, Journal: journal, Deliveries: deliveries, Access: access };
  }
}

function protectedTable(settings: Settings, key: Key): TablePropsV2 {
  return {
    partitionKey: PK,
    sortKey: SK,
    billing: Billing.onDemand({
      maxReadRequestUnits: settings.maxReadUnits,
      maxWriteRequestUnits: settings.maxWriteUnits,
    }),
    encryption: TableEncryptionV2.customerManagedKey(key),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  };
}
