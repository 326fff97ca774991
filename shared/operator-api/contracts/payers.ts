import * as z from 'zod';
import {
  askedMoment,
  currencyCode,
  minorDigits,
  moment,
  nextCursor,
  pageCursor,
  pageLimit,
  payerId,
  seller,
} from './fields.ts';
import { operation } from './operation.ts';

const balance = z
  .strictObject({
    currency: currencyCode,
    receivable: minorDigits.meta({ description: 'What the payer owes.' }),
    prepayment: minorDigits.meta({ description: 'What the payer has paid ahead.' }),
  })
  .meta({ id: 'Balance' });

const statementEntry = z
  .strictObject({
    id: z.string(),
    bookedAt: moment,
    currency: currencyCode,
    cause: z.string(),
    receivable: minorDigits.meta({ description: 'Change of what the payer owes.' }),
    prepayment: minorDigits.meta({ description: 'Change of what the payer has paid ahead.' }),
    balance: balance.meta({ description: 'Of this currency, after the entry.' }),
  })
  .meta({ id: 'StatementEntry' });

const onPayer = z.strictObject({ seller, payerId });

export const readBalanceOperation = operation({
  id: 'readPayerBalance',
  method: 'get',
  path: '/v1/payers/{seller}/{payerId}/balance',
  tag: 'Payers',
  scope: 'operators/read',
  summary: "Read a payer's balance",
  params: onPayer,
  query: z.strictObject({
    at: askedMoment
      .exactOptional()
      .meta({ description: 'Booked before this moment; now unless told.' }),
  }),
  answers: {
    200: {
      description: 'One balance per currency. A payer without entries has none.',
      schema: z
        .strictObject({
          seller: z.string(),
          payerId: z.string(),
          at: moment,
          balances: z.array(balance),
        })
        .meta({ id: 'PayerBalance' }),
    },
  },
  refusals: [],
});

export const readStatementOperation = operation({
  id: 'readPayerStatement',
  method: 'get',
  path: '/v1/payers/{seller}/{payerId}/statement',
  tag: 'Payers',
  scope: 'operators/read',
  summary: "Read a payer's statement for a period",
  params: onPayer,
  query: z.strictObject({
    from: askedMoment.exactOptional().meta({ description: 'First moment of the period.' }),
    to: askedMoment
      .exactOptional()
      .meta({ description: 'First moment after the period; now unless told.' }),
    limit: pageLimit,
    cursor: pageCursor,
  }),
  answers: {
    200: {
      description: 'Balances before and after the period, and a page of what happened in it.',
      schema: z
        .strictObject({
          seller: z.string(),
          payerId: z.string(),
          from: moment.exactOptional(),
          to: moment,
          opening: z.array(balance),
          entries: z.array(statementEntry),
          closing: z.array(balance),
          nextCursor,
        })
        .meta({ id: 'PayerStatement' }),
    },
  },
  refusals: [],
});
