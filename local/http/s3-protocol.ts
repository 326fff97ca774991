import { AwsError } from '#local/kernel/aws-error.ts';
import { readS3Request, type S3HttpRequest, writeS3Answer, writeS3Error } from '#local/s3/rest.ts';
import type { RestProtocol } from './aws-front.ts';
import type { HttpRequest } from './http-message.ts';

/** S3's REST protocol with XML, path style. */
export const s3Protocol: RestProtocol = {
  read: (request) => ({ service: 's3', ...readS3Request(s3Request(request)) }),
  answer: ({ operation }, output) => writeS3Answer(operation, output),
  fail: (error, request) => writeS3Error(inWordsOfS3(error), request),
};

function s3Request({ method, path, query, headers, body }: HttpRequest): S3HttpRequest {
  return { method, path, query: new URLSearchParams(query), headers, body };
}

/** S3 names a denial differently from all other services. */
function inWordsOfS3(error: AwsError): AwsError {
  if (error.code !== 'AccessDeniedException') return error;
  return new AwsError('AccessDenied', error.message, 403);
}
