import type { Json } from '#local/kernel/service.ts';
import type { SaveAccess } from '#shared/access/adapters/access-store.ts';
import type { SendEvents } from '#shared/events/usecases/publish-changes.ts';
import type { JournalStore } from '#shared/ledger/ports.ts';
import type { PaymentStore, RereadPayment } from '#shared/payments/ports.ts';
import type { MessageFate, QueueMessage } from '#shared/payments/usecases/settle-batch.ts';
import type { SettleRequest, SettleResult } from '#shared/payments/usecases/settle-work.ts';
import type { Table } from '#shared/platform/table.ts';
import type { CallSite } from '../faults/fault.ts';

export type Settle = (requests: readonly SettleRequest[]) => Promise<SettleResult[]>;
export type SettleBatch = (messages: readonly QueueMessage[]) => Promise<MessageFate[]>;
export type BatchAnswer = {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

/**
 * A bug that somebody could write, planted around the product's ports for one run.
 *
 * Nothing of it is in the product: there is no flag that could reach a bundle.
 */
export type Mutation = {
  readonly name: string;
  /** What the programmer did wrong. */
  readonly bug: string;
  /** Changes what a function sends to a service. */
  rewrite?(site: CallSite): Json;
  store?(store: PaymentStore): PaymentStore;
  reread?(reread: RereadPayment): RereadPayment;
  settle?(settle: Settle, store: PaymentStore): Settle;
  settleBatch?(settleBatch: SettleBatch, deliveries: Table): SettleBatch;
  /** What the settle function gives back to the queue. */
  answer?(answer: BatchAnswer, fates: readonly MessageFate[]): BatchAnswer;
  bury?(bury: () => Promise<boolean>): Promise<boolean>;
  resettle?: 'forgotten';
  sendEvents?(send: SendEvents): SendEvents;
  saveAccess?(save: SaveAccess): SaveAccess;
  journal?(store: JournalStore): JournalStore;
  sealing?(seal: () => Promise<void>): Promise<void>;
};

export const NO_MUTATION: Mutation = { name: 'none', bug: '' };
