import { notEmulated } from '#local/kernel/aws-error.ts';
import type { Json } from '#local/kernel/service.ts';
import { asText, optionalText } from '#local/template/json.ts';
import { type RestProtocol, renderJsonError } from './aws-front.ts';

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Lambda's REST protocol, as far as functions are invoked by it. */
export const lambdaProtocol: RestProtocol = {
  read(request) {
    const name = INVOCATIONS.exec(request.path)?.[1];
    if (request.method !== 'POST' || !name) {
      throw notEmulated('lambda', `${request.method} ${request.path}`);
    }
    const qualifier = new URLSearchParams(request.query).get('Qualifier');
    const input: Json = {
      FunctionName: decodeURIComponent(name),
      InvocationType: request.headers['x-amz-invocation-type'] ?? 'RequestResponse',
      Payload: request.body.toString('utf8'),
      ...(qualifier === null ? {} : { Qualifier: qualifier }),
    };
    return { service: 'lambda', operation: 'Invoke', input };
  },
  answer(_call, output) {
    const functionError = optionalText(output['FunctionError'], 'FunctionError');
    return {
      status: Number(output['StatusCode']),
      headers: {
        'content-type': 'application/json',
        'x-amz-executed-version': '$LATEST',
        ...(functionError === undefined ? {} : { 'x-amz-function-error': functionError }),
      },
      body: asText(output['Payload'] ?? '', 'Payload'),
    };
  },
  fail: renderJsonError,
};
