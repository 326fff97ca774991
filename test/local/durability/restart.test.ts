import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '#local/cloud.ts';
import { eventually, writeAssembly } from '../cloud/assembly-fixture.ts';
import { paymentsStack } from '../cloud/payments-stack.ts';

const SCRIPT = join(import.meta.dirname, '../cloud/killed-cloud.ts');

let child: ChildProcess | undefined;
let running: Cloud | undefined;

afterEach(async () => {
  child?.kill('SIGKILL');
  await running?.stop();
  child = undefined;
  running = undefined;
});

async function startProcess(assembly: string, dataDir: string): Promise<string> {
  child = spawn(process.execPath, [SCRIPT, assembly, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('the process has no output');
  const [line] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(String(line)).apiUrls.Webhooks;
}

async function kill(): Promise<void> {
  if (!child) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Sends payments until the cloud dies; tells which ones it had acknowledged. */
async function payUntilKilled(url: string, killAfter: number): Promise<string[]> {
  const acknowledged: string[] = [];
  const send = async (id: string) => {
    const response = await fetch(`${url}/webhooks/acme`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    });
    if (response.status !== 200) return;
    acknowledged.push(id);
    if (acknowledged.length === killAfter) await kill();
  };
  const sends = Array.from({ length: killAfter * 2 }, (_, n) => send(`p-${n}`).catch(() => {}));
  await Promise.all(sends);
  return acknowledged;
}

describe('a cloud that was killed', () => {
  it('finishes every payment it had acknowledged, each published at least once', async () => {
    const assembly = writeAssembly({ Pay: paymentsStack() });
    const dataDir = mkdtempSync(join(tmpdir(), 'cloud-'));
    const acknowledged = await payUntilKilled(await startProcess(assembly, dataDir), 20);
    expect(acknowledged.length).toBeGreaterThanOrEqual(20);

    const cloud = await startCloud({ assembly, dataDir });
    running = cloud;
    const consumer =
      cloud.services.sqs.queueNames().find((name) => name.includes('Consumer')) ?? '';
    const published = new Set<string>();
    await eventually(() => {
      for (const { Body } of cloud.services.sqs.receiveNow(consumer, 10)) {
        published.add(JSON.parse(Body).detail.id);
      }
      return acknowledged.every((id) => published.has(id));
    });
    expect(cloud.problems()).toEqual([]);
  });

  it('keeps identities, positions and tokens over a clean restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'cloud-'));
    const stack = paymentsStack();
    Object.assign(stack.Resources, {
      Key: { Type: 'AWS::KMS::Key' },
      Hook: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
    });
    const assembly = writeAssembly({ Pay: stack });
    const lookAt = async (cloud: Cloud) => {
      const [key] = cloud.resources('AWS::KMS::Key');
      const [hook] = cloud.resources('AWS::SecretsManager::Secret');
      const input = { SecretId: hook?.ref };
      const secret = await cloud.services.secrets.call('GetSecretValue', input, {
        principal: 'root',
      });
      const [table] = cloud.resources('AWS::DynamoDB::Table');
      const streamArn = table?.attribute('StreamArn');
      return { key: key?.arn, secret: secret['SecretString'], arn: hook?.ref, streamArn };
    };

    const first = await startCloud({ assembly, dataDir });
    const [TableName] = first.services.dynamoDb.tableNames();
    const put = { TableName, Item: { pk: { S: 'before' } } };
    await first.services.dynamoDb.call('PutItem', put, { principal: 'root' });
    const consumerOf = (cloud: Cloud) =>
      cloud.services.sqs.queueNames().find((name) => name.includes('Consumer')) ?? '';
    await eventually(() => first.services.sqs.stats(consumerOf(first)).visible === 1);
    const idleOf = (name: string) =>
      Object.entries(first.functions()).find(([known]) => known.includes(name))?.[1].idle;
    await eventually(() => idleOf('Publish') === 1);
    const seen = await lookAt(first);
    await first.stop();

    const second = await startCloud({ assembly, dataDir });
    running = second;
    expect(await lookAt(second)).toEqual(seen);
    const after = { TableName, Item: { pk: { S: 'after' } } };
    await second.services.dynamoDb.call('PutItem', after, { principal: 'root' });
    await eventually(() => second.services.sqs.stats(consumerOf(second)).visible === 2);
    const ids = second.services.sqs
      .receiveNow(consumerOf(second), 10)
      .map(({ Body }) => JSON.parse(Body).detail.id);
    // The stream went on where it was: the first payment is not published again.
    expect(ids).toEqual(['before', 'after']);
  });

  it('refuses a kept table whose keys the template has changed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'cloud-'));
    const first = await startCloud({ assembly: writeAssembly({ Pay: paymentsStack() }), dataDir });
    await first.stop();
    const stack = paymentsStack();
    Object.assign(stack.Resources['Ledger']?.Properties ?? {}, {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    const second = startCloud({ assembly: writeAssembly({ Pay: stack }), dataDir });
    await expect(second).rejects.toThrow('other keys or indexes');
  });
});
