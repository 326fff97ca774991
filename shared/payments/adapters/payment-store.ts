import {
  BatchGetItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  invoiceFromItem,
  invoiceToItem,
  paymentFromItem,
  paymentToItem,
} from '#shared/ledger/adapters/items.ts';
import {
  invoiceItemKey,
  payerItemKey,
  paymentItemKey,
  waitingKey,
} from '#shared/ledger/adapters/keys.ts';
import { invoiceIdOf } from '#shared/payments/domain/decide-settlement.ts';
import type { Payment } from '#shared/payments/domain/payment.ts';
import type {
  LedgerQuery,
  LedgerSnapshot,
  PaymentChange,
  PaymentStore,
  SaveOutcome,
  SettlementWrite,
} from '#shared/payments/ports.ts';
import {
  type Item,
  type Key,
  keyItem,
  keyOf,
  lostRace,
  metConflict,
  mustNotExist,
  putVersion,
  type Table,
  toItem,
} from '#shared/platform/table.ts';

/** DynamoDB takes 100 keys in one BatchGetItem. */
const KEYS_PER_CALL = 100;
/** How often unprocessed keys are asked for again at once; throttling beyond that goes back to the queue. */
const READ_ROUNDS_MAX = 5;

/** The ledger table behind the settlement port. */
export function createPaymentStore(table: Table): PaymentStore {
  return {
    load: (query) => loadLedger(table, query),
    save: (write) => saveSettlement(table, write),
  };
}

async function loadLedger(table: Table, query: LedgerQuery): Promise<LedgerSnapshot> {
  const keys = [
    ...query.payments.map(paymentItemKey),
    ...query.invoices.map(invoiceItemKey),
    ...query.payers.map(payerItemKey),
  ];
  const items = await readItems(table, keys);
  const at = (key: Key) => items.get(textOf(key));
  const payments = readOnce(items, paymentFromItem);
  const invoices = readOnce(items, invoiceFromItem);
  return {
    payment: (ref) => payments(textOf(paymentItemKey(ref))),
    invoice: (ref) => invoices(textOf(invoiceItemKey(ref))),
    hasPayer: (ref) => at(payerItemKey(ref)) !== undefined,
  };
}

/** A batch asks for the same item many times; checking it against its schema is most of the work. */
function readOnce<T>(items: ReadonlyMap<string, Item>, read: (item: Item) => T) {
  const done = new Map<string, T>();
  return (key: string): T | undefined => {
    const item = items.get(key);
    if (!item) return undefined;
    const known = done.get(key) ?? read(item);
    done.set(key, known);
    return known;
  };
}

/** Reads items consistently: a decision on an old version only loses the race later. */
export async function readItems(table: Table, keys: readonly Key[]): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  const wanted = [...new Map(keys.map((key) => [textOf(key), key])).values()];
  for (let from = 0; from < wanted.length; from += KEYS_PER_CALL) {
    const part = wanted.slice(from, from + KEYS_PER_CALL).map(keyItem);
    for (const item of await readPart(table, part)) found.set(textOf(keyOf(item)), item);
  }
  return found;
}

async function readPart(table: Table, keys: Item[]): Promise<Item[]> {
  const found: Item[] = [];
  let rest = keys;
  for (let round = 0; rest.length > 0; round++) {
    if (round === READ_ROUNDS_MAX) throw new LedgerThrottled(`${rest.length} items unread`);
    const answer = await table.client.send(
      new BatchGetItemCommand({
        RequestItems: { [table.name]: { Keys: rest, ConsistentRead: true } },
      }),
    );
    found.push(...(answer.Responses?.[table.name] ?? []));
    rest = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
  }
  return found;
}

/** The table did not give everything that was asked for; the queue brings the message again. */
export class LedgerThrottled extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LedgerThrottled';
  }
}

/** Writes payments, invoice head and payer accounts together or not at all. */
async function saveSettlement(table: Table, write: SettlementWrite): Promise<SaveOutcome> {
  const actions = [
    ...write.payments.flatMap((change) => paymentActions(table, change)),
    ...(write.invoice
      ? [putVersion(table, invoiceToItem(write.invoice.after), write.invoice.before.version)]
      : []),
    ...prepaymentActions(table, write.payments),
    ...write.absentInvoices.map((ref) => mustNotExist(table, invoiceItemKey(ref))),
  ];
  try {
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
    return 'saved';
  } catch (error) {
    if (lostRace(error) || metConflict(error)) return 'stale';
    throw error;
  }
}

function paymentActions(table: Table, { before, after }: PaymentChange): TransactWriteItem[] {
  const put = putVersion(table, paymentToItem(after), before?.version ?? 0);
  const was = before && waitingMarkOf(before);
  const is = waitingMarkOf(after);
  if (was && !is) return [put, { Delete: { TableName: table.name, Key: keyItem(keyOf(was)) } }];
  if (is && !was) return [put, { Put: { TableName: table.name, Item: is } }];
  return [put];
}

/** The item by which creating an invoice finds a payment that waits for it. */
export function waitingMarkOf(payment: Payment): Item | undefined {
  const invoiceId = invoiceIdOf(payment);
  if (payment.allocation.parkReason !== 'unknown_invoice' || invoiceId === undefined)
    return undefined;
  const key = waitingKey({ seller: payment.seller, invoiceId }, payment);
  return toItem({ ...key, kind: 'waiting' });
}

/** The payer's account joins only when prepayment is made or spent; the payment's version guards it. */
function prepaymentActions(table: Table, changes: readonly PaymentChange[]): TransactWriteItem[] {
  const sums = new Map<string, PrepaymentDelta>();
  for (const change of changes.flatMap(prepaymentDeltas)) {
    const { seller, payerId, currency } = change;
    const key = `${seller} ${payerId} ${currency}`;
    sums.set(key, { ...change, delta: change.delta + (sums.get(key)?.delta ?? 0n) });
  }
  return [...sums.values()]
    .filter(({ delta }) => delta !== 0n)
    .map((change) => addPrepayment(table, change));
}

export type PrepaymentDelta = {
  readonly seller: string;
  readonly payerId: string;
  readonly currency: string;
  readonly delta: bigint;
};

/** Out of the account where it was, into the account where it is: the payer may be another one by now. */
function prepaymentDeltas({ before, after }: PaymentChange): PrepaymentDelta[] {
  const { seller, currency } = after;
  if (currency === undefined) return []; // Without a currency there is no money.
  const moves = [
    { payerId: before?.allocation.payerId, delta: -(before?.allocation.prepaid ?? 0n) },
    { payerId: after.allocation.payerId, delta: after.allocation.prepaid },
  ];
  return moves.flatMap(({ payerId, delta }) =>
    payerId === undefined || delta === 0n ? [] : [{ seller, payerId, currency, delta }],
  );
}

export function addPrepayment(
  table: Table,
  { seller, payerId, currency, delta }: PrepaymentDelta,
): TransactWriteItem {
  return {
    Update: {
      TableName: table.name,
      Key: keyItem(payerItemKey({ seller, payerId })),
      UpdateExpression:
        'SET kind = :kind, seller = :seller, payerId = :payer ADD #prepaid :delta, #version :one',
      ExpressionAttributeNames: { '#prepaid': `prepaid_${currency}`, '#version': 'version' },
      ExpressionAttributeValues: {
        ':kind': { S: 'payer' },
        ':seller': { S: seller },
        ':payer': { S: payerId },
        ':delta': { N: String(delta) },
        ':one': { N: '1' },
      },
    },
  };
}

function textOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}
