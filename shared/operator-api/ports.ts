import type {
  LinkRequest,
  PaymentLink,
  RefundRequest,
  RefundTicket,
} from '#shared/gateways/gateway.ts';
import type { Invoice, InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import type { InvoiceRequest } from '#shared/invoices/domain/issue-invoice.ts';
import type { CreateInvoiceOutcome } from '#shared/invoices/usecases/create-invoice.ts';
import type { Clock, Instant } from '#shared/kernel/time.ts';
import type { InvoiceRef, PayerRef } from '#shared/ledger/domain/refs.ts';
import type { Payment, PaymentRef } from '#shared/payments/domain/payment.ts';
import type { AllocationOutcome } from '#shared/payments/usecases/resettle-payments.ts';
import type { DeadLetter } from '#shared/webhooks/domain/dead-letter.ts';
import type { RefusedDelivery } from '#shared/webhooks/domain/refused-delivery.ts';
import type { PayerEntry } from './domain/payer-statement.ts';
import type { AfterCommit } from './domain/stages.ts';

/** Where a page starts. `after` is a position that the same port gave, or the beginning. */
export type PageRequest = { readonly limit: number; readonly after: string | undefined };

/** A page may hold fewer rows than asked for while there is a `next`. */
export type Page<Row> = { readonly rows: readonly Row[]; readonly next: string | undefined };

export type Invoices = {
  create(request: InvoiceRequest): Promise<CreateInvoiceOutcome>;
  read(ref: InvoiceRef): Promise<Invoice | undefined>;
  lines(ref: InvoiceRef): Promise<readonly InvoiceLine[]>;
  /** Those of the invoices that exist. */
  readSome(refs: readonly InvoiceRef[]): Promise<readonly Invoice[]>;
  /** Newest first. */
  list(seller: string, page: PageRequest): Promise<Page<Invoice>>;
  /** 1 for the first link of an invoice, and never the same number twice. */
  nextLinkNumber(ref: InvoiceRef): Promise<number>;
};

export type Payments = {
  read(ref: PaymentRef): Promise<Payment | undefined>;
  /** Books parked money to the invoice that an operator chose, or says why it cannot. */
  allocate(ref: PaymentRef, invoiceId: string, by: string): Promise<AllocationOutcome>;
  /** When the event of this payment left and arrived. */
  afterCommit(payment: Payment): Promise<AfterCommit>;
  /** Parked payments of a seller, oldest first. */
  listParked(seller: string, page: PageRequest): Promise<Page<Payment>>;
};

export type Payers = {
  /** Everything booked for a payer before a moment, in the statement's order. */
  entries(payer: PayerRef, before: Instant): Promise<readonly PayerEntry[]>;
};

/** A dead letter as operators see it: what its message is about, and whether it was replayed. */
export type FiledDeadLetter = Omit<DeadLetter, 'body'> & {
  /** Absent when the message cannot be read. */
  readonly about?: PaymentRef;
  readonly replayedAt?: Instant;
  readonly replayedBy?: string;
};

export type ReplayOutcome =
  | { readonly outcome: 'replayed'; readonly letter: FiledDeadLetter }
  | { readonly outcome: 'not_found' | 'not_replayable' };

export type DeadLetters = {
  /** Those that are not replayed, newest first. */
  list(page: PageRequest): Promise<Page<FiledDeadLetter>>;
  /** Puts the message into the queue again, then keeps with the letter who did it and when. */
  replay(id: string, by: string, at: Instant): Promise<ReplayOutcome>;
};

/** A refused request as it came, opened. */
export type OpenedRequest = {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBase64: string;
};

export type KeptRefusal = Omit<RefusedDelivery, 'raw'> & {
  readonly sha256?: string;
  readonly raw?: OpenedRequest;
};

export type RefusedFilter = {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string;
  readonly gateway: string | undefined;
  /** Whether the requests themselves are asked for. */
  readonly withRaw: boolean;
};

export type RefusedDeliveries = {
  /** Newest first. */
  list(filter: RefusedFilter, page: PageRequest): Promise<Page<KeptRefusal>>;
};

/** A gateway with one seller's account in it: what is left is what to ask for. */
export type OpenGateway = {
  readonly name: string;
  /** Whether one address takes all notifications, so that it can be told with each payment. */
  readonly hasOneAddress: boolean;
  createLink?(request: LinkRequest): Promise<PaymentLink>;
  refund?(request: RefundRequest): Promise<RefundTicket>;
};

export type Gateways = {
  open(
    gateway: string,
    seller: string,
  ): Promise<OpenGateway | 'gateway.unknown' | 'gateway.account_missing'>;
};

/** Everything the operator API needs of the outside world. */
export type OperatorApiPorts = {
  readonly now: Clock;
  newInvoiceId(): string;
  /** A digest of a text, of at most 30 letters and digits: the same text, the same digest. */
  digest(text: string): string;
  readonly invoices: Invoices;
  readonly payments: Payments;
  readonly payers: Payers;
  readonly deadLetters: DeadLetters;
  readonly refusedDeliveries: RefusedDeliveries;
  readonly gateways: Gateways;
  /** Public base address of the webhooks. */
  readonly webhooksBaseUrl: string;
};
