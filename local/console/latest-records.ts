import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { OperatorApi } from './operator-api.ts';
import type { InvoiceView, RecordsView } from './snapshot.ts';

const WATCHED_MS = 2000;
const UNWATCHED_MS = 10_000;
/** In a peak the newest invoices are all still open: the paid ones stand further down. */
const LOOK_BACK = 60;
const SHOWN = 12;
const SHOWN_UNPAID = 4;
const SHOWN_PARKED = 20;

type Options = {
  readonly api: Pick<OperatorApi, 'invoices' | 'inbox'>;
  readonly clock: Clock;
  /** Whether somebody looks at the page. */
  isWatched(): boolean;
};

/** The latest invoices and the inbox, read again and again through the operator API. */
export class LatestRecords {
  readonly #options: Options;
  #view: RecordsView = { invoices: [], inbox: [], failure: null };
  #cancel: Cancel = () => {};
  #isReading = false;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  get view(): RecordsView {
    return this.#view;
  }

  /** Reads now and then again and again. To be called also when somebody begins to watch. */
  async start(): Promise<void> {
    if (this.#isReading || this.#isStopped) return;
    this.#cancel();
    this.#isReading = true;
    await this.refresh();
    this.#isReading = false;
    if (this.#isStopped) return;
    const { clock, isWatched } = this.#options;
    const waitMs = isWatched() ? WATCHED_MS : UNWATCHED_MS;
    this.#cancel = clock.schedule(clock.now() + waitMs, () => void this.start());
  }

  async refresh(): Promise<void> {
    const { api } = this.#options;
    try {
      const [invoices, inbox] = await Promise.all([
        api.invoices(LOOK_BACK),
        api.inbox(SHOWN_PARKED),
      ]);
      this.#view = { invoices: chooseInvoices(invoices), inbox, failure: null };
    } catch (error) {
      // What was read last still stands; the page says that it is not fresh.
      const failure = error instanceof Error ? error.message : String(error);
      this.#view = { ...this.#view, failure };
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }
}

/** A few that wait and the latest that were paid, newest first. */
export function chooseInvoices(newestFirst: readonly InvoiceView[]): InvoiceView[] {
  const unpaid = newestFirst.filter(({ status }) => status !== 'paid');
  const paid = newestFirst.filter(({ status }) => status === 'paid');
  const paidCount = Math.min(paid.length, SHOWN - Math.min(unpaid.length, SHOWN_UNPAID));
  const chosen = new Set([...unpaid.slice(0, SHOWN - paidCount), ...paid.slice(0, paidCount)]);
  return newestFirst.filter((invoice) => chosen.has(invoice));
}
