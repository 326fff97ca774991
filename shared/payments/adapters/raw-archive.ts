import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { epochMs, type Instant } from '#shared/kernel/time.ts';
import type { SealedRaw } from '#shared/payments/contracts/settle-payment.ts';
import { newUlid } from '#shared/platform/ids.ts';
import { logger, reasonOf } from '#shared/platform/logger.ts';
import { type Table, toItem } from '#shared/platform/table.ts';
import { archivedKey } from '#shared/webhooks/adapters/keys.ts';

const KEEP_SECONDS = 30 * 86_400;

/** Where the raw requests of a batch go. The key is known before the object is written. */
export type RawArchive = {
  keyFor(now: Instant): string;
  /** Never throws: money must not wait for the archive. */
  store(
    key: string,
    raws: readonly SealedRaw[],
    now: Instant,
  ): Promise<'archived' | 'kept_aside' | 'lost'>;
};

/** One object a batch, one line a request, each line already sealed. The table stands in when the bucket is down. */
export function createRawArchive(s3: S3Client, bucket: string, deliveries: Table): RawArchive {
  return {
    keyFor: (now) => `raw/${now.slice(0, 'YYYY-MM-DD'.length)}/${newUlid(now)}.jsonl`,
    async store(key, raws, now) {
      if (raws.length === 0) return 'archived';
      const body = raws.map((raw) => JSON.stringify(raw)).join('\n');
      try {
        await s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentType: 'application/jsonl',
          }),
        );
        return 'archived';
      } catch (error) {
        logger.warn('archive bucket did not take a batch', { key, ...reasonOf(error) });
        return keepAside(deliveries, raws, now);
      }
    },
  };
}

async function keepAside(
  deliveries: Table,
  raws: readonly SealedRaw[],
  now: Instant,
): Promise<'kept_aside' | 'lost'> {
  const expiresAt = BigInt(Math.floor(epochMs(now) / 1000) + KEEP_SECONDS);
  try {
    await Promise.all(
      raws.map((raw) =>
        deliveries.client.send(
          new PutItemCommand({
            TableName: deliveries.name,
            Item: toItem({ ...archivedKey(raw.sha256), ...raw, expiresAt }),
          }),
        ),
      ),
    );
    return 'kept_aside';
  } catch (error) {
    logger.error('raw requests kept nowhere', { count: raws.length, ...reasonOf(error) });
    return 'lost';
  }
}
