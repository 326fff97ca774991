import { describe, expect, it } from 'vitest';
import type { Json } from '#local/kernel/service.ts';
import { createSecrets } from '#local/secrets/secrets.ts';
import { ROOT, recordsOf, replay, testHost } from '../sqs/test-host.ts';

function secrets(host = testHost()) {
  const service = createSecrets(host);
  const call = (operation: string, input: Json) => service.call(operation, input, ROOT);
  return { host, service, call };
}

describe('Secrets Manager', () => {
  it('finds a secret by name, by ARN and by ARN without its random suffix', async () => {
    const { call } = secrets();
    const { ARN } = await call('CreateSecret', { Name: '/billing/tbank', SecretString: 's1' });
    expect(ARN).toMatch(/:secret:\/billing\/tbank-[A-Za-z0-9]{6}$/);
    for (const SecretId of ['/billing/tbank', ARN, String(ARN).slice(0, -7)]) {
      const value = await call('GetSecretValue', { SecretId });
      expect(value).toMatchObject({ SecretString: 's1', VersionStages: ['AWSCURRENT'], ARN });
    }
  });

  it('keeps the value before the current one, and forgets the one before that', async () => {
    const { call } = secrets();
    const { VersionId: oldest } = await call('CreateSecret', { Name: 'a', SecretString: 's1' });
    await call('PutSecretValue', { SecretId: 'a', SecretString: 's2' });
    await call('PutSecretValue', { SecretId: 'a', SecretString: 's3' });
    const at = (VersionStage: string) => call('GetSecretValue', { SecretId: 'a', VersionStage });
    expect(await at('AWSCURRENT')).toMatchObject({ SecretString: 's3' });
    expect(await at('AWSPREVIOUS')).toMatchObject({ SecretString: 's2' });
    const gone = call('GetSecretValue', { SecretId: 'a', VersionId: oldest });
    await expect(gone).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it('rotates through a pending version that becomes current later', async () => {
    const { call } = secrets();
    await call('CreateSecret', { Name: 'a', SecretString: 'old' });
    const put = { SecretId: 'a', SecretString: 'new', VersionStages: ['AWSPENDING'] };
    const { VersionId } = await call('PutSecretValue', put);
    expect(await call('GetSecretValue', { SecretId: 'a' })).toMatchObject({ SecretString: 'old' });
    const move = { SecretId: 'a', VersionStage: 'AWSCURRENT', MoveToVersionId: VersionId };
    await call('UpdateSecretVersionStage', move);
    expect(await call('GetSecretValue', { SecretId: 'a' })).toMatchObject({ SecretString: 'new' });
    const previous = { SecretId: 'a', VersionStage: 'AWSPREVIOUS' };
    expect(await call('GetSecretValue', previous)).toMatchObject({ SecretString: 'old' });
  });

  it('answers a repeated request alike and refuses the same token with another value', async () => {
    const { call } = secrets();
    await call('CreateSecret', { Name: 'a', SecretString: 's1' });
    const put = { SecretId: 'a', SecretString: 's2', ClientRequestToken: 't'.repeat(32) };
    expect(await call('PutSecretValue', put)).toEqual(await call('PutSecretValue', put));
    const other = call('PutSecretValue', { ...put, SecretString: 's3' });
    await expect(other).rejects.toMatchObject({ code: 'ResourceExistsException' });
  });

  it('has no value before the first version, and refuses a second secret of the name', async () => {
    const { call } = secrets();
    await call('CreateSecret', { Name: 'empty' });
    const value = call('GetSecretValue', { SecretId: 'empty' });
    await expect(value).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    const again = call('CreateSecret', { Name: 'empty' });
    await expect(again).rejects.toMatchObject({ code: 'ResourceExistsException' });
  });

  it('shows the same after a restart, from records and from the snapshot', async () => {
    const { call, host } = secrets();
    await call('CreateSecret', { Name: 'a', SecretString: 's1', Description: 'd' });
    await call('PutSecretValue', { SecretId: 'a', SecretString: 's2' });
    await call('CreateSecret', { Name: 'gone', SecretString: 'x' });
    await call('DeleteSecret', { SecretId: 'gone' });

    const view = async (reader: typeof call) => [
      await reader('ListSecrets', {}),
      await reader('GetSecretValue', { SecretId: 'a' }),
      await reader('GetSecretValue', { SecretId: 'a', VersionStage: 'AWSPREVIOUS' }),
    ];
    const replayed = secrets(testHost(9));
    replay(replayed.service, recordsOf(host));
    const compacted = secrets(testHost(10));
    replay(compacted.service, JSON.parse(JSON.stringify([...replayed.service.snapshot()])));
    const expected = await view(call);
    expect(expected[0]).toMatchObject({ SecretList: [{ Name: 'a' }] });
    expect(await view(replayed.call)).toEqual(expected);
    expect(await view(compacted.call)).toEqual(expected);
  });

  it('asks for permission on the full ARN, however the secret was named', async () => {
    const { call, service } = secrets();
    const { ARN } = await call('CreateSecret', { Name: 'a', SecretString: 's1' });
    expect(service.permissions('GetSecretValue', { SecretId: 'a' })).toEqual([
      { action: 'secretsmanager:GetSecretValue', resource: ARN },
    ]);
  });
});
