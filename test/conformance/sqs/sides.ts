import { AwsError } from '#local/kernel/aws-error.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import { createSqs } from '#local/sqs/sqs.ts';
import type { Fauxqs } from './fauxqs.ts';

/** What a call came to: its answer, or the code of its error. Messages are for people and may differ. */
export type Answer = { ok: Json } | { error: string };

export type Call = (operation: string, input: Json) => Promise<Answer>;

export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';
const ROOT = { principal: 'root' };

/** The engine of this project, fresh, on a clock of its own. Input and answer pass through JSON. */
export function engineSide(startMs: number) {
  const clock = new VirtualClock(startMs);
  const service = createSqs({
    clock,
    region: REGION,
    accountId: ACCOUNT,
    random: Math.random,
    persist: () => {},
  });
  const call: Call = async (operation, input) => {
    try {
      return { ok: overWire(await service.call(operation, overWire(input), ROOT)) };
    } catch (error) {
      if (error instanceof AwsError) return { error: error.code };
      throw error;
    }
  };
  return { call, clock, service };
}

function overWire(value: Json): Json {
  return JSON.parse(JSON.stringify(value));
}

/** The emulator, over HTTP in the protocol of the SDK. A crash of it is an error of its own. */
export function emulatorSide({ url }: Pick<Fauxqs, 'url'>): Call {
  return async (operation, input) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260115/${REGION}/sqs/aws4_request`,
      },
      body: JSON.stringify(input),
    });
    const body: Json = JSON.parse((await response.text()) || '{}');
    if (response.ok) return { ok: body };
    const type = String(body['__type'] ?? `HTTP ${response.status}`);
    return { error: type.split('#').at(-1) ?? type };
  };
}
