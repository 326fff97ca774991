import type { AccountBase, Gateway, RawRequest } from '#shared/gateways/gateway.ts';
import type { Totals } from '#shared/payments/domain/statement.ts';

/**
 * What the contract suite needs to know of one gateway: how its messages are signed and shaped.
 *
 * One file per gateway in `signers/`, one line in `signers/all-kits.ts`. A kit signs with its own
 * few lines of code, never with the product's, so that both would have to be wrong in the same way.
 */
export type Kit = {
  /** The gateway itself, not the erased one: accounts with empty secrets must reach `receive`. */
  readonly gateway: Gateway;
  /** The account that a sample's `config` describes. */
  accountOfSample(config: Readonly<Record<string, unknown>>): AccountBase;
  /** The account that generated messages are for, with these secrets. Not checked by the schema. */
  account(secrets: readonly string[]): AccountBase;
  /** What the gateway fetches while it receives (PayPal: a certificate). Absent: nothing. */
  fetchWhileReceiving?(config: Readonly<Record<string, unknown>>): typeof fetch;
  /** Two secrets that the account may have; not every gateway takes any text (Adyen: hex). */
  readonly secrets: readonly [string, string];
  /** A signed message that says: this much is captured. `wire` is the amount as it stands in the message. */
  captured(wire: string, secret: string): RawRequest;
  /** How `captured` writes an amount: `490000`, or `"4900.00"`. */
  readonly amountForm: 'minor_json' | 'minor_text' | 'decimal_json' | 'decimal_text';
  /** Fields of a statement that come from outside of the signature. Never one that money follows. */
  readonly unsigned?: readonly 'reportedAt'[];
  /** A signed message with a status, event or operation that no documentation lists. */
  unknownStatus(secret: string): RawRequest;
  /** Answers `readPayment` after `captured`, where a re-read is needed. */
  apiAfter?(wire: string): typeof fetch;
  /** Up to six messages of one payment, and what they come to in whatever order. */
  story(secret: string): Story;
};

export type Story = {
  readonly requests: readonly RawRequest[];
  /** The gateway's API when everything has happened. */
  readonly fetch: typeof fetch;
  readonly expected: {
    readonly lifecycle: string;
    readonly totals: Partial<Totals>;
    readonly net: bigint;
  };
};
