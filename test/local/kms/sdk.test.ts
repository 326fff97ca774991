import {
  CreateKeyCommand,
  DecryptCommand,
  GenerateDataKeyCommand,
  InvalidCiphertextException,
  KMSClient,
} from '@aws-sdk/client-kms';
import { expect, it } from 'vitest';
import { createKms } from '#local/kms/kms.ts';
import { clientOf } from '../sqs/sdk-client.ts';
import { testHost } from '../sqs/test-host.ts';

it('makes and unwraps data keys for the real client', async () => {
  const client = new KMSClient(clientOf(createKms(testHost())));
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const EncryptionContext = { person: 'p1' };
  const key = await client.send(
    new GenerateDataKeyCommand({
      KeyId: KeyMetadata?.KeyId,
      KeySpec: 'AES_256',
      EncryptionContext,
    }),
  );
  const { CiphertextBlob } = key;
  expect(key.Plaintext).toHaveLength(32);
  const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  expect(opened.Plaintext).toEqual(key.Plaintext);
  const other = client.send(new DecryptCommand({ CiphertextBlob }));
  await expect(other).rejects.toBeInstanceOf(InvalidCiphertextException);
});
