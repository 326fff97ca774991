import { AwsError } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';

/** One operation of a server elsewhere, in the AWS JSON protocol. Its errors are thrown as ours are. */
export type RemoteCall = (operation: string, input: Json, signal?: AbortSignal) => Promise<Json>;

/** The servers look at the key and the region of a signature, and at nothing else of it. */
const AUTHORIZATION = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=root/20260115/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=none`;

export function remoteCall(endpoint: string, service: string, target: string): RemoteCall {
  return async (operation, input, signal) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `${target}.${operation}`,
        'x-amz-date': new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''),
        authorization: AUTHORIZATION(service),
      },
      body: JSON.stringify(input),
      ...(signal && { signal }),
    });
    const body: Json = JSON.parse((await response.text()) || '{}');
    if (response.ok) return body;
    const { __type: type, message, Message, ...fields } = body;
    const code =
      String(type ?? `HTTP ${response.status}`)
        .split('#')
        .at(-1) ?? '';
    throw new AwsError(code, String(message ?? Message ?? ''), response.status, fields);
  };
}
