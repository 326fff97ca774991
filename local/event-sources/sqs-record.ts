import type { Json } from '#local/kernel/service.ts';
import type { SqsService } from '#local/sqs/sqs.ts';
import { isObject } from '#local/template/json.ts';

type Received = ReturnType<SqsService['receiveNow']>[number];

/** A message as Lambda shows it to functions: the same facts as the API's, in other letter cases. */
export function sqsRecord(message: Received, sourceArn: string, region: string): Json {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: messageAttributes(message.MessageAttributes ?? {}),
    ...(message.MD5OfMessageAttributes
      ? { md5OfMessageAttributes: message.MD5OfMessageAttributes }
      : {}),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: region,
  };
}

function messageAttributes(attributes: Json): Json {
  const entries = Object.entries(attributes).map(([name, value]) => {
    const attribute = isObject(value) ? value : {};
    const { StringValue: stringValue, BinaryValue: binaryValue, DataType: dataType } = attribute;
    const shown = {
      ...(stringValue === undefined ? {} : { stringValue }),
      ...(binaryValue === undefined ? {} : { binaryValue: base64(binaryValue) }),
      stringListValues: [],
      binaryListValues: [],
      dataType,
    };
    return [name, shown] as const;
  });
  return Object.fromEntries(entries);
}

function base64(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
