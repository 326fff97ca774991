import {
  CreateKeyCommand,
  DecryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createKms } from '#local/kms/kms.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createSealer, openSealed, type SealedBox } from '#shared/platform/sealed-box.ts';
import { clientOf } from '#test/local/sqs/sdk-client.ts';
import { testHost } from '#test/local/sqs/test-host.ts';

const MINUTE_MS = 60_000;
let nowMs: number;

beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 22, 12);
});

const clock = () => instantFromMs(nowMs);
const bytes = (text: string) => Buffer.from(text, 'utf8');

/** The real client on the local KMS engine, which counts the data keys that it makes. */
async function withKms() {
  const client = new KMSClient(clientOf(createKms(testHost())));
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const keyId = KeyMetadata?.KeyId ?? '';
  return { client, keyId, sealer: createSealer(client, keyId, clock) };
}

describe('a sealed box', () => {
  it('opens to exactly what was sealed', async () => {
    const { client, sealer } = await withKms();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (plain) => {
        const opened = await openSealed(client, await sealer.seal(plain));
        expect(Buffer.from(opened)).toEqual(Buffer.from(plain));
      }),
      { numRuns: 50 },
    );
  });

  it('shows nothing of what is in it, and is another one each time', async () => {
    const { sealer } = await withKms();
    const plain = bytes('ivanov@example.com '.repeat(20));
    const boxes = await Promise.all(Array.from({ length: 50 }, () => sealer.seal(plain)));
    expect(new Set(boxes.map(({ box }) => box.slice(0, 16))).size).toBe(50);
    for (const { box } of boxes) {
      expect(Buffer.from(box, 'base64').includes('ivanov')).toBe(false);
    }
  });

  it('does not open when a single bit of it was changed, anywhere', async () => {
    const { client, sealer } = await withKms();
    const sealed = await sealer.seal(bytes('{"amount":"4900.00"}'));
    const box = Buffer.from(sealed.box, 'base64');
    for (let at = 0; at < box.length; at++) {
      const changed = Buffer.from(box);
      changed.writeUInt8(box.readUInt8(at) ^ (1 << (at % 8)), at);
      const opened = openSealed(client, { ...sealed, box: changed.toString('base64') });
      await expect(opened, `byte ${at}`).rejects.toThrow();
    }
  });

  it('does not open when it was cut short, to whatever length', async () => {
    const { client, sealer } = await withKms();
    const sealed = await sealer.seal(bytes('paid'));
    const box = Buffer.from(sealed.box, 'base64');
    for (let length = 0; length < box.length; length++) {
      const cut: SealedBox = { ...sealed, box: box.subarray(0, length).toString('base64') };
      // Less than a whole tag is not even compared: four bytes of it would be guessed too soon.
      const told =
        length >= 16 ? 'authenticate data' : length > 0 ? 'authentication tag length' : 'vector';
      await expect(openSealed(client, cut), `${length} bytes`).rejects.toThrow(told);
    }
  });

  it('does not open with the key of another one', async () => {
    const { client, keyId, sealer } = await withKms();
    const other = await createSealer(client, keyId, clock).seal(bytes('other'));
    const { box } = await sealer.seal(bytes('plain'));
    await expect(openSealed(client, { box, key: other.key })).rejects.toThrow();
  });
});

describe('the data key of sealed boxes', () => {
  it('serves five minutes, then another one does; boxes of both open', async () => {
    const { client, sealer } = await withKms();
    const first = await sealer.seal(bytes('first'));
    nowMs += 5 * MINUTE_MS - 1;
    const second = await sealer.seal(bytes('second'));
    nowMs += 1;
    const third = await sealer.seal(bytes('third'));
    expect(second.key).toBe(first.key);
    expect(third.key).not.toBe(first.key);
    expect(Buffer.from(await openSealed(client, first)).toString()).toBe('first');
    expect(Buffer.from(await openSealed(client, third)).toString()).toBe('third');
  });

  it('is one for requests that come at once', async () => {
    const { sealer } = await withKms();
    const boxes = await Promise.all(['a', 'b', 'c'].map((text) => sealer.seal(bytes(text))));
    expect(new Set(boxes.map(({ key }) => key)).size).toBe(1);
  });

  it('is asked for again after KMS refused one', async () => {
    const kms = mockClient(KMSClient);
    try {
      kms
        .on(GenerateDataKeyCommand)
        .rejectsOnce(new Error('throttled'))
        .resolvesOnce({})
        .resolves({ Plaintext: new Uint8Array(32), CiphertextBlob: new Uint8Array(8) });
      const sealer = createSealer(new KMSClient({ region: 'eu-central-1' }), 'key', clock);
      await expect(sealer.seal(bytes('x'))).rejects.toThrow('throttled');
      await expect(sealer.seal(bytes('x'))).rejects.toThrow('KMS gave no data key');
      const boxes = [await sealer.seal(bytes('x')), await sealer.seal(bytes('x'))];
      expect(boxes[0]?.key).toBe(boxes[1]?.key);
      expect(kms.commandCalls(GenerateDataKeyCommand)).toHaveLength(3);
      kms.on(DecryptCommand).resolves({});
      await expect(openSealed(new KMSClient({}), boxes[0]!)).rejects.toThrow('did not open');
    } finally {
      kms.restore();
    }
  });
});
