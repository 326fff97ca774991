import type { Cancel, Clock } from '#local/kernel/clock.ts';
import { attributeOf, type Item } from './attribute-value.ts';
import type { Place, Stored } from './keyspace.ts';
import { SortedList } from './sorted-list.ts';
import { type Table, tieOf } from './table.ts';

/** DynamoDB deletes some time after the expiry; whoever reads meanwhile still sees the item. */
const DELAY_MS = 60_000;
/** Timers of Node overflow after 24.8 days, so a far expiry is looked at again once a day. */
const LOOK_AGAIN_MS = 24 * 60 * 60 * 1000;
/** What expired more than five years ago is taken for a mistake and left alone. */
const TOO_OLD_MS = 5 * 365 * 24 * 60 * 60 * 1000;
const BATCH_ITEMS_MAX = 100;

type Expiring = { sort: string; tie: string; atMs: number; place: Place };

/** The items of one table that will expire, soonest first, and the timer of the next sweep. */
export class Expiry {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #deleteExpired: (places: readonly Place[]) => void;
  readonly #expiring = new SortedList<Expiring>();
  #timer: { atMs: number; cancel: Cancel } | undefined;

  constructor(table: Table, clock: Clock, deleteExpired: (places: readonly Place[]) => void) {
    this.#table = table;
    this.#clock = clock;
    this.#deleteExpired = deleteExpired;
    for (const entry of table.items()) {
      this.track(table.space.placeOf(entry.stored.item), undefined, entry.stored);
    }
  }

  track(place: Place, before: Stored | undefined, after: Stored | undefined): void {
    const old = before && this.#expiryOf(before.item);
    const fresh = after && this.#expiryOf(after.item);
    if (old === fresh) return;
    if (old !== undefined) this.#expiring.delete(expiringAt(old, place));
    if (fresh === undefined) return;
    this.#expiring.set(expiringAt(fresh, place));
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Epoch milliseconds; only whole numbers of seconds count. */
  #expiryOf(item: Item): number | undefined {
    const name = this.#table.ttlAttribute;
    const value = name === undefined ? undefined : attributeOf(item, name);
    if (value === undefined || !('N' in value)) return undefined;
    const atMs = Math.floor(Number(value.N)) * 1000;
    return atMs > 0 && Number.isSafeInteger(atMs) ? atMs : undefined;
  }

  #arm(): void {
    const soonest = this.#expiring.first();
    if (!soonest) return;
    const nowMs = this.#clock.now();
    const atMs = Math.min(Math.max(soonest.atMs + DELAY_MS, nowMs), nowMs + LOOK_AGAIN_MS);
    if (this.#timer && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    this.#timer = { atMs, cancel: this.#clock.schedule(atMs, () => this.#sweep()) };
  }

  #sweep(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    let due = this.#takeDue(nowMs);
    while (due.length > 0) {
      this.#deleteExpired(due);
      due = this.#takeDue(nowMs);
    }
    this.#arm();
  }

  #takeDue(nowMs: number): readonly Place[] {
    const due: Place[] = [];
    while (due.length < BATCH_ITEMS_MAX) {
      const soonest = this.#expiring.first();
      if (!soonest || soonest.atMs > nowMs) break;
      this.#expiring.delete(soonest);
      if (soonest.atMs > nowMs - TOO_OLD_MS) due.push(soonest.place);
    }
    return due;
  }
}

function expiringAt(atMs: number, place: Place): Expiring {
  return { sort: String(atMs).padStart(17, '0'), tie: tieOf(place), atMs, place };
}
