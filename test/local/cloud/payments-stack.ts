import { arnOf, ref, type TestStack, testApi, testFunction } from './assembly-fixture.ts';

/** HTTP -> queue -> table -> stream -> bus -> queue: the way of a payment, as small as it gets. */
export function paymentsStack(settleMapping: Record<string, unknown> = {}): TestStack {
  return {
    Resources: {
      ...testApi('Webhooks', 'POST /webhooks/{seller}', 'Receive'),
      ...testFunction('Receive', 'receive', variables({ QUEUE_URL: ref('Payments') }), [
        { Action: 'sqs:SendMessage', Resource: arnOf('Payments') },
      ]),
      DeadLetters: { Type: 'AWS::SQS::Queue' },
      Payments: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          VisibilityTimeout: 30,
          RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 2 },
        },
      },
      ...testFunction('Settle', 'settle', variables({ TABLE: ref('Ledger') }), [
        {
          Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          Resource: arnOf('Payments'),
        },
        { Action: ['dynamodb:PutItem', 'dynamodb:GetItem'], Resource: arnOf('Ledger') },
      ]),
      SettleMapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: arnOf('Payments'),
          FunctionName: ref('Settle'),
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ...settleMapping,
        },
      },
      Ledger: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        },
      },
      ...testFunction('Publish', 'publish', variables({ BUS: ref('Bus') }), [
        { Action: 'events:PutEvents', Resource: arnOf('Bus') },
        { Action: 'sqs:SendMessage', Resource: arnOf('DeadLetters') },
        {
          Action: [
            'dynamodb:DescribeStream',
            'dynamodb:GetRecords',
            'dynamodb:GetShardIterator',
            'dynamodb:ListStreams',
          ],
          Resource: { 'Fn::GetAtt': ['Ledger', 'StreamArn'] },
        },
      ]),
      PublishMapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Ledger', 'StreamArn'] },
          FunctionName: ref('Publish'),
          StartingPosition: 'TRIM_HORIZON',
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnFailure: { Destination: arnOf('DeadLetters') } },
        },
      },
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'billing' } },
      Settled: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: ref('Bus'),
          EventPattern: { 'detail-type': ['payment.settled.v1'] },
          Targets: [{ Id: 'queue', Arn: arnOf('Consumer') }],
        },
      },
      Consumer: { Type: 'AWS::SQS::Queue' },
      ConsumerPolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [ref('Consumer')],
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Action: 'sqs:SendMessage',
                Resource: arnOf('Consumer'),
                Principal: { Service: 'events.amazonaws.com' },
                Condition: { ArnEquals: { 'aws:SourceArn': arnOf('Settled') } },
              },
            ],
          },
        },
      },
    },
  };
}

function variables(Variables: Record<string, unknown>) {
  return { Environment: { Variables } };
}
