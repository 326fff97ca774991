import type { Title } from './plan.ts';

export const AGGREGATIONS = ['sum', 'count', 'max', 'unique', 'last', 'time_weighted'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** What is counted of usage events. How it is counted never changes: what was billed follows from it. */
export type Meter = {
  readonly meterId: string;
  readonly title: Title;
  readonly aggregation: Aggregation;
  /** The property of an event that is read; `count` reads none. */
  readonly property: string | undefined;
  /** Money is in minor units, which only percentages price. */
  readonly measures: 'quantity' | 'money';
  /** The unit of time in which a value that holds is weighted. Only for `time_weighted`. */
  readonly per: 'day' | 'hour' | 'minute' | undefined;
};
