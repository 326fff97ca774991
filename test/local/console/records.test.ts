import { describe, expect, it } from 'vitest';
import { chooseInvoices, LatestRecords } from '#local/console/latest-records.ts';
import type { InvoiceView, ParkedView } from '#local/console/snapshot.ts';
import { VirtualClock } from '#local/kernel/clock.ts';

const invoice = (id: string, status: InvoiceView['status']): InvoiceView => ({
  id,
  status,
  currency: 'RUB',
  totalMinor: '100',
  paidMinor: status === 'paid' ? '100' : '0',
  createdAtMs: 0,
});
const many = (prefix: string, count: number, status: InvoiceView['status']) =>
  Array.from({ length: count }, (_, at) => invoice(`${prefix}${at}`, status));

describe('choosing the invoices to show', () => {
  it('keeps paid ones in sight while a peak makes many new ones', () => {
    const shown = chooseInvoices([...many('new', 40, 'open'), ...many('old', 20, 'paid')]);
    expect(shown.map(({ id }) => id)).toEqual([
      'new0',
      'new1',
      'new2',
      'new3',
      'old0',
      'old1',
      'old2',
      'old3',
      'old4',
      'old5',
      'old6',
      'old7',
    ]);
  });

  it('shows twelve open ones when nothing gets paid', () => {
    expect(chooseInvoices(many('new', 60, 'open'))).toHaveLength(12);
  });

  it('keeps the order of creation', () => {
    const mixed = [invoice('a', 'paid'), invoice('b', 'partially_paid'), invoice('c', 'paid')];
    expect(chooseInvoices(mixed)).toEqual(mixed);
  });
});

describe('the latest records', () => {
  const parked: ParkedView = {
    gateway: 'sber',
    paymentId: '1',
    amountMinor: '100',
    currency: 'RUB',
    reason: 'unknown_invoice',
    sinceMs: 0,
    invoiceId: null,
    suggestion: null,
  };

  it('are read each two seconds while somebody watches, and seldom otherwise', async () => {
    const clock = new VirtualClock(0);
    let isWatched = true;
    let reads = 0;
    const api = {
      invoices: async () => {
        reads += 1;
        return [];
      },
      inbox: async () => [parked],
    };
    const records = new LatestRecords({ api, clock, isWatched: () => isWatched });
    await records.start();
    await clock.advance(10_000);
    expect(reads).toBe(6);
    isWatched = false;
    await clock.advance(22_000);
    expect(reads).toBe(9);
    records.stop();
    await clock.advance(60_000);
    expect(reads).toBe(9);
  });

  it('are read at once when somebody begins to watch, and not twice as often afterwards', async () => {
    const clock = new VirtualClock(0);
    let reads = 0;
    const api = {
      invoices: async () => {
        reads += 1;
        return [];
      },
      inbox: async () => [],
    };
    const records = new LatestRecords({ api, clock, isWatched: () => true });
    await records.start();
    await clock.advance(1000);
    await Promise.all([records.start(), records.start()]);
    expect(reads).toBe(2);
    await clock.advance(10_000);
    expect(reads).toBe(7);
    records.stop();
  });

  it('stay as they were when the operator API fails, and say so', async () => {
    const clock = new VirtualClock(0);
    let isDown = false;
    const api = {
      invoices: async () => {
        if (isDown) throw new Error('503');
        return [invoice('a', 'paid')];
      },
      inbox: async () => [parked],
    };
    const records = new LatestRecords({ api, clock, isWatched: () => true });
    await records.refresh();
    isDown = true;
    await records.refresh();
    expect(records.view).toMatchObject({
      invoices: [{ id: 'a' }],
      inbox: [parked],
      failure: '503',
    });
    isDown = false;
    await records.refresh();
    expect(records.view.failure).toBeNull();
  });
});
