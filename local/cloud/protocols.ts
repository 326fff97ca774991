import type { RestProtocol } from '#local/http/aws-front.ts';
import { lambdaProtocol } from '#local/http/lambda-protocol.ts';
import { s3Protocol } from '#local/http/s3-protocol.ts';
import { schedulerProtocol } from '#local/http/scheduler-protocol.ts';

/** Services that do not speak AWS JSON, by their name in the signature's scope. */
export function wireProtocols(): ReadonlyMap<string, RestProtocol> {
  return new Map([
    ['lambda', lambdaProtocol],
    ['s3', s3Protocol],
    ['scheduler', schedulerProtocol],
  ]);
}
