import { accessRight } from './access-right.ts';
import { balancesFolded } from './balances-folded.ts';
import { chainRecomputed } from './chain-recomputed.ts';
import type { Check } from './check.ts';
import { entriesBalanced } from './entries-balanced.ts';
import { eventsDense } from './events-dense.ts';
import { invoicesBooked } from './invoices-booked.ts';
import { journalVerified } from './journal-verified.ts';
import { moneyConserved } from './money-conserved.ts';
import { nothingLost } from './nothing-lost.ts';
import { nothingStuck } from './nothing-stuck.ts';
import { oneInvoiceEach } from './one-invoice-each.ts';
import { oracleAgrees } from './oracle-agrees.ts';
import { payersPosted } from './payers-posted.ts';
import { seenOnTheWay } from './seen-on-the-way.ts';
import { watchRight } from './watch-right.ts';

export const CHECKS: readonly Check[] = [
  moneyConserved,
  oneInvoiceEach,
  entriesBalanced,
  balancesFolded,
  seenOnTheWay,
  nothingLost,
  nothingStuck,
  oracleAgrees,
  journalVerified,
  watchRight,
  chainRecomputed,
  payersPosted,
  invoicesBooked,
  eventsDense,
  accessRight,
];
