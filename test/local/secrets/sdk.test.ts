import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { createSecrets } from '#local/secrets/secrets.ts';
import { clientOf } from '../sqs/sdk-client.ts';
import { START_MS, testHost } from '../sqs/test-host.ts';

it('keeps text and binary secrets of the real client', async () => {
  const client = new SecretsManagerClient(clientOf(createSecrets(testHost())));
  await client.send(new CreateSecretCommand({ Name: 'text', SecretString: 'пароль' }));
  const SecretBinary = new Uint8Array([0, 1, 255]);
  await client.send(new CreateSecretCommand({ Name: 'binary', SecretBinary }));
  const text = await client.send(new GetSecretValueCommand({ SecretId: 'text' }));
  expect(text.SecretString).toBe('пароль');
  expect(text.CreatedDate?.getTime()).toBe(START_MS);
  const binary = await client.send(new GetSecretValueCommand({ SecretId: 'binary' }));
  expect(binary.SecretBinary).toEqual(SecretBinary);
  const missing = client.send(new GetSecretValueCommand({ SecretId: 'none' }));
  await expect(missing).rejects.toBeInstanceOf(ResourceNotFoundException);
});
