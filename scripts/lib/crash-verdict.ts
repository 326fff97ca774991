import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { forEachLimited } from '#local/acquirers/limited.ts';
import type { Acquirers } from '#local/acquirers/server.ts';
import { judge, type Verdict } from '#local/acquirers/spike-report.ts';
import { scanTable } from '#shared/ledger/adapters/scan-table.ts';
import { fromItem } from '#shared/platform/table.ts';
import type { CrashAttempt } from './crash-payers.ts';
import type { CloudAddress } from './killable-cloud.ts';
import type { OperatorClient } from './operator-client.ts';
import { clientOptions, DEMO_SELLER, verify } from './world.ts';

export type Suspect = {
  readonly invoiceId: string;
  readonly payment: string;
  readonly round: number;
  readonly problem: string;
};

/** What was found after the last round. */
export type CrashVerdict = {
  readonly payments: number;
  readonly settled: number;
  /** Told by nobody who still repeats it: the gateway's retries had ended before it was acknowledged. */
  readonly givenUp: number;
  readonly lost: readonly Suspect[];
  readonly doubled: readonly Suspect[];
  readonly deadLetters: number;
  /** Invoices whose access does not follow from what was paid. */
  readonly wrongAccess: readonly string[];
  /** Payments of the ledger that no gateway knows. */
  readonly invented: readonly string[];
  readonly ledgerFaults: readonly string[];
  readonly unsealed: number;
};

type Witness = {
  readonly address: CloudAddress;
  readonly operator: OperatorClient;
  readonly acquirers: Acquirers;
  readonly deadlineMs: number;
};

const OBSERVERS = 8;
const LOOK_AGAIN_MS = 250;
const PAGE = 100;

const invoiceView = z.object({
  status: z.string(),
  paid: z.string(),
  payments: z.array(z.object({ gateway: z.string(), paymentId: z.string(), settled: z.string() })),
});
const deadLetterPage = z.object({
  deadLetters: z.array(z.object({ paymentId: z.string().exactOptional() })),
  nextCursor: z.string().exactOptional(),
});

/** Waits until everything is as it must be, at most to the deadline; then says what is not. */
export async function crashVerdict(
  witness: Witness,
  attempts: readonly CrashAttempt[],
): Promise<CrashVerdict> {
  const endsAtMs = Date.now() + witness.deadlineMs;
  for (;;) {
    const verdict = await look(witness, attempts);
    if (isClean(verdict) || Date.now() >= endsAtMs) return verdict;
    await pause(LOOK_AGAIN_MS);
  }
}

/** Dead letters are visible, so they are no loss; but a kill is no reason for one either. */
export function isClean(verdict: CrashVerdict): boolean {
  const { lost, doubled, wrongAccess, invented, ledgerFaults, unsealed, deadLetters } = verdict;
  const found = [lost, doubled, wrongAccess, invented, ledgerFaults];
  return found.every(({ length }) => length === 0) && unsealed === 0 && deadLetters === 0;
}

async function look(witness: Witness, attempts: readonly CrashAttempt[]): Promise<CrashVerdict> {
  const { address, operator, acquirers } = witness;
  assignDeliveries(acquirers, attempts);
  await forEachLimited(attempts, OBSERVERS, async (attempt) => {
    const path = `/v1/invoices/${DEMO_SELLER}/${attempt.invoiceId}`;
    const { status, body } = await operator.get(path);
    if (status === 200) attempt.invoice = invoiceView.parse(body);
    else delete attempt.invoice;
  });
  const buried = await deadLetters(operator);
  const verdicts = attempts.map((attempt) => [attempt, verdictOn(attempt)] as const);
  const suspects = (wanted: Verdict) =>
    verdicts.filter(([, verdict]) => verdict === wanted).map(([attempt]) => suspectOf(attempt));
  const verification = await verify(address.endpoint, address.tables);
  const tables = await readTables(address);
  return {
    payments: attempts.length,
    settled: verdicts.filter(([, verdict]) => verdict === 'paid' || verdict === 'nothing_due')
      .length,
    givenUp: verdicts.filter(([, verdict]) => verdict === 'pending').length,
    lost: suspects('lost').filter(
      ({ payment }) => !buried.some((id) => payment.endsWith(`:${id}`)),
    ),
    doubled: suspects('doubled'),
    deadLetters: buried.length,
    wrongAccess: wrongAccess(tables.access, attempts),
    invented: inventedOf(acquirers, tables.payments),
    ledgerFaults: verification.faults.map(({ record, problem }) => `${record}: ${problem}`),
    unsealed: verification.unsealed,
  };
}

/** An invoice that the API has confirmed must be there whatever was paid on it. */
function verdictOn(attempt: CrashAttempt): Verdict {
  return attempt.invoice ? judge(attempt) : 'lost';
}

function suspectOf({ invoiceId, paid, round, invoice }: CrashAttempt): Suspect {
  const { gateway, paymentId, settledMinor } = paid;
  const seen = invoice ? `${invoice.status}, paid ${invoice.paid}` : 'there is no such invoice';
  const problem = `${seen}; the gateway has ${settledMinor}`;
  return { invoiceId, payment: `${gateway}:${paymentId}`, round, problem };
}

function assignDeliveries(acquirers: Acquirers, attempts: readonly CrashAttempt[]): void {
  const byPayment = Map.groupBy(
    acquirers.deliveries(),
    ({ gateway, paymentId }) => `${gateway}/${paymentId}`,
  );
  for (const attempt of attempts) {
    const { gateway, paymentId } = attempt.paid;
    attempt.deliveries = byPayment.get(`${gateway}/${paymentId}`) ?? [];
  }
}

async function deadLetters(operator: OperatorClient): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await operator.get(`/v1/dead-letters?limit=${PAGE}${after}`);
    const page = deadLetterPage.parse(body);
    found.push(...page.deadLetters.map(({ paymentId }) => paymentId ?? ''));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

async function readTables({ endpoint, tables }: CloudAddress) {
  const client = new DynamoDBClient(clientOptions(endpoint));
  const access = (await scanTable({ client, name: tables.access })).map(fromItem);
  const ledger = await scanTable({ client, name: tables.ledger });
  client.destroy();
  const payments = ledger.map(fromItem).filter(({ sk }) => sk === 'PAYMENT');
  return {
    access: new Map(access.map(({ invoiceId, state }) => [String(invoiceId), String(state)])),
    payments: payments.map(({ pk }) => String(pk)),
  };
}

/** Access is open exactly where the invoice is paid in full. */
function wrongAccess(
  access: ReadonlyMap<string, string>,
  attempts: readonly CrashAttempt[],
): string[] {
  return attempts.flatMap(({ invoiceId, invoice }) => {
    const isPaid = invoice?.status === 'paid';
    const isOpen = access.get(invoiceId) === 'granted';
    return isPaid === isOpen ? [] : [`${invoiceId}: ${invoice?.status}, open: ${isOpen}`];
  });
}

/** Payments of the ledger that no gateway has, as `PAYMENT#<seller>#<gateway>#<id>`. */
function inventedOf(acquirers: Acquirers, keys: readonly string[]): string[] {
  const known = new Set(
    acquirers
      .deliveries()
      .map(({ seller, gateway, paymentId }) => `PAYMENT#${seller}#${gateway}#${paymentId}`),
  );
  // The watchman of the template pays invoices of a seller of its own.
  return keys.filter((key) => key.startsWith(`PAYMENT#${DEMO_SELLER}#`) && !known.has(key));
}
