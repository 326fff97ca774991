import type { Instant } from '#shared/kernel/time.ts';

/** A queue message that could not be processed, kept until an operator replays it. */
export type DeadLetter = {
  /** The id of the message in the dead-letter queue. */
  readonly id: string;
  readonly diedAt: Instant;
  readonly reason: string;
  /** The queue it came from. */
  readonly source: string;
  readonly receives: number;
  /** The message as it was, to be replayed as it is. Personal data in it is sealed. */
  readonly body: string;
};

/** What SQS gives as the reason when a message was simply received too often. */
export const TOO_MANY_RECEIVES = 'received too often without success';
