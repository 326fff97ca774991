import {
  CloudWatchClient,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '#local/cloud.ts';
import { arnOf, ref, testFunction, writeAssembly } from '../cloud/assembly-fixture.ts';

let cloud: Cloud;

beforeAll(async () => {
  const Resources = {
    Inbox: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'inbox' } },
    Ledger: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'ledger',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      },
    },
    Archive: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'archive' } },
    Key: { Type: 'AWS::KMS::Key' },
    Alias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/vault', TargetKeyId: ref('Key') },
    },
    Hook: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: '/hook', SecretString: 'card-key' },
    },
    ...testFunction('Probe', 'probe', {}, [
      { Action: 'sqs:SendMessage', Resource: arnOf('Inbox') },
      {
        Action: 'dynamodb:GetItem',
        Resource: arnOf('Ledger'),
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['payment#*'] } },
      },
    ]),
  };
  cloud = await startCloud({ assembly: writeAssembly({ App: { Resources } }) });
});

afterAll(() => cloud.stop());

function settings(accessKeyId = 'root') {
  return {
    endpoint: cloud.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey: 'x' },
    maxAttempts: 1,
  };
}

/** The key that the runtime gives to the function's environments. */
async function keyOfFunction(): Promise<string> {
  const outcome = await cloud.invoke('Probe', {});
  if (outcome.kind !== 'ok') throw new Error('the probe failed');
  return JSON.parse(outcome.payload).environment.AWS_ACCESS_KEY_ID;
}

describe('the AWS front', () => {
  it('serves SQS, with queue addresses that lead back to it', async () => {
    const sqs = new SQSClient(settings());
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'inbox' }));
    expect(QueueUrl).toBe(`${cloud.endpoint}/000000000000/inbox`);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toMatchObject([{ Body: 'hello' }]);
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(cloud.services.sqs.stats('inbox').inFlight).toBe(0);
  });

  it('renders errors so that clients know their class', async () => {
    const db = new DynamoDBClient(settings());
    const missing = new GetItemCommand({ TableName: 'nowhere', Key: { pk: { S: 'a' } } });
    await expect(db.send(missing)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 400 },
    });
    const sqs = new SQSClient(settings());
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'no' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
    });
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: '' }))).rejects.toMatchObject({
      name: 'MissingParameter',
      Code: 'MissingParameter',
    });
    const first = new PutItemCommand({
      TableName: 'ledger',
      Item: { pk: { S: 'once' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await db.send(first);
    await expect(db.send(first)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  });

  it('serves S3 with bytes that are no text', async () => {
    const s3 = new S3Client(settings());
    const Body = Buffer.from([0, 255, 10, 13]);
    await s3.send(new PutObjectCommand({ Bucket: 'archive', Key: 'raw/a b.bin', Body }));
    const found = await s3.send(new GetObjectCommand({ Bucket: 'archive', Key: 'raw/a b.bin' }));
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    const missing = new GetObjectCommand({ Bucket: 'archive', Key: 'none' });
    await expect(s3.send(missing)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('serves keys by alias, secrets and the bus', async () => {
    const kms = new KMSClient(settings());
    const Plaintext = Buffer.from('person');
    const sealed = await kms.send(new EncryptCommand({ KeyId: 'alias/vault', Plaintext }));
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);

    const secrets = new SecretsManagerClient(settings());
    const [hook] = cloud.resources('AWS::SecretsManager::Secret');
    const found = await secrets.send(new GetSecretValueCommand({ SecretId: hook?.ref }));
    expect(found.SecretString).toBe('card-key');

    const bus = new EventBridgeClient(settings());
    const Entries = [{ Source: 's', DetailType: 't', Detail: '{}' }];
    expect(await bus.send(new PutEventsCommand({ Entries }))).toMatchObject({
      FailedEntryCount: 0,
    });
  });

  it('takes metrics, compressed as the client sends many of them', async () => {
    const cloudWatch = new CloudWatchClient(settings());
    const MetricData = Array.from({ length: 500 }, (_, Value) => ({
      MetricName: `m${Value % 7}`,
      Value,
    }));
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Own', MetricData }));
    const { Metrics } = await cloudWatch.send(new ListMetricsCommand({ Namespace: 'Own' }));
    expect(Metrics).toHaveLength(7);
  });

  it('says loudly what it does not emulate', async () => {
    const response = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.CreateBackup' },
      body: '{}',
    });
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({
      __type: expect.stringContaining('NotEmulated'),
      message: 'the local cloud does not emulate dynamodb:CreateBackup',
    });
    const unknown = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: '{}',
    });
    expect(await unknown.json()).toMatchObject({ message: expect.stringContaining('AmazonSSM') });
  });

  it('knows the role by the access key and checks every call against it', async () => {
    const sqs = new SQSClient(settings(await keyOfFunction()));
    const QueueUrl = `${cloud.endpoint}/000000000000/inbox`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'allowed' }));
    await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: sqs:ReceiveMessage'),
    });
    const s3 = new S3Client(settings(await keyOfFunction()));
    const put = new PutObjectCommand({ Bucket: 'archive', Key: 'x', Body: 'x' });
    await expect(s3.send(put)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('checks the leading keys that a grant is limited to', async () => {
    const db = new DynamoDBClient(settings(await keyOfFunction()));
    const get = (pk: string) =>
      db.send(new GetItemCommand({ TableName: 'ledger', Key: { pk: { S: pk } } }));
    await expect(get('payment#1')).resolves.toMatchObject({});
    await expect(get('payer#1')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('names the service and operation of a protocol that it does not speak', async () => {
    const answer = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization:
          'AWS4-HMAC-SHA256 Credential=root/20261122/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: 'Action=ListQueues&Version=2012-11-05',
    });
    expect(answer.status).toBe(501);
    expect(await answer.text()).toMatch(/sqs:ListQueues/);
  });
});
