import type { AcquirerDialect, RsaKey } from '#local/acquirers/dialect.ts';
import { DIALECTS } from '#local/acquirers/dialects.ts';
import type { GatewayName, PaymentChange } from '#local/acquirers/payment.ts';
import { createRsaKey } from '#local/acquirers/rsa-key.ts';
import type { Choice } from '../../kernel/choice.ts';
import { Books } from './books.ts';

/** Where the simulated APIs pretend to be. Nothing is ever sent there. */
export const API_ORIGIN = 'https://acquirers.simulation.invalid';

const KEY_MADE_MS = Date.UTC(2026, 10, 1);
let gatewayKey: RsaKey | undefined;

/**
 * The simulated acquirers of `local/acquirers`, one shop for each seller at each gateway.
 *
 * Their keys, ids and addresses are drawn by the name of what they are drawn for, so that a payment
 * stays the same whatever other payments there are.
 */
export class Shops {
  readonly books: Books;
  readonly #choice: Choice;
  readonly #dialects = new Map<string, AcquirerDialect>();
  readonly #now: () => number;
  readonly #onChange: (change: PaymentChange) => void;
  #scope = '';
  #drawn = 0;

  constructor(choice: Choice, now: () => number, onChange: (change: PaymentChange) => void) {
    this.#choice = choice;
    this.#now = now;
    this.#onChange = onChange;
    this.books = new Books(now, (change) => this.#onChange(change));
  }

  dialect(gateway: GatewayName, seller: string): AcquirerDialect {
    const key = `${gateway}/${seller}`;
    const known = this.#dialects.get(key);
    if (known) return known;
    gatewayKey ??= createRsaKey('Simulated gateway', KEY_MADE_MS);
    const rsa = gatewayKey;
    const dialect = this.within(`shop ${key}`, () =>
      DIALECTS[gateway]({
        gateway,
        seller,
        bank: this.books,
        apiUrl: `${API_ORIGIN}/${key}`,
        pageUrl: ({ id }) => `${API_ORIGIN}/pay/${key}/${id}`,
        random: () => this.#choice.number(`${this.#scope}#${this.#drawn++}`),
        now: this.#now,
        rsa,
      }),
    );
    this.#dialects.set(key, dialect);
    return dialect;
  }

  /** Everything drawn meanwhile is drawn for this. */
  within<T>(scope: string, run: () => T): T {
    const before = { scope: this.#scope, drawn: this.#drawn };
    this.#scope = scope;
    this.#drawn = 0;
    try {
      return run();
    } finally {
      this.#scope = before.scope;
      this.#drawn = before.drawn;
    }
  }
}
