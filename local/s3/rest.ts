import { XMLParser } from 'fast-xml-parser';
import { type AwsError, notEmulated } from '#local/kernel/aws-error.ts';
import { isJson, textMapOf } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { isChunked, unchunk } from './chunked.ts';

export type S3HttpRequest = {
  method: string;
  /** With percent encoding, without the query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
};

export type S3HttpResponse = { status: number; headers: Record<string, string>; body: Uint8Array };

export type S3Call = { operation: string; input: Json };

/** Field of the operation -> header of HTTP. */
const HEADERS: Readonly<Record<string, string>> = {
  ContentType: 'content-type',
  ContentEncoding: 'content-encoding',
  ContentDisposition: 'content-disposition',
  ContentLanguage: 'content-language',
  CacheControl: 'cache-control',
  IfNoneMatch: 'if-none-match',
  IfMatch: 'if-match',
  Range: 'range',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  BucketKeyEnabled: 'x-amz-server-side-encryption-bucket-key-enabled',
  StorageClass: 'x-amz-storage-class',
  ObjectLockMode: 'x-amz-object-lock-mode',
  ObjectLockRetainUntilDate: 'x-amz-object-lock-retain-until-date',
  ObjectLockLegalHoldStatus: 'x-amz-object-lock-legal-hold',
  ObjectLockEnabledForBucket: 'x-amz-bucket-object-lock-enabled',
  BypassGovernanceRetention: 'x-amz-bypass-governance-retention',
  ETag: 'etag',
  VersionId: 'x-amz-version-id',
  DeleteMarker: 'x-amz-delete-marker',
  ContentRange: 'content-range',
  ContentLength: 'content-length',
  AcceptRanges: 'accept-ranges',
  BucketRegion: 'x-amz-bucket-region',
};

const REQUEST_FIELDS = Object.keys(HEADERS).filter(
  (field) =>
    !['ETag', 'VersionId', 'DeleteMarker', 'ContentLength', 'BucketRegion'].includes(field),
);

/** Field -> parameter of the query. */
const QUERY: Readonly<Record<string, string>> = {
  VersionId: 'versionId',
  Prefix: 'prefix',
  Delimiter: 'delimiter',
  MaxKeys: 'max-keys',
  ContinuationToken: 'continuation-token',
  StartAfter: 'start-after',
};

const META = 'x-amz-meta-';

/** `<bucket>.s3.<region>.amazonaws.com`, or `<bucket>.s3.localhost:4566`. */
function bucketOfHost(host: string): string | undefined {
  return /^(.+)\.s3[.-]/.exec(host)?.[1];
}

function place(request: S3HttpRequest): { bucket: string | undefined; key: string | undefined } {
  const ofHost = bucketOfHost(request.headers['host'] ?? '');
  const [first = '', ...rest] = request.path.replace(/^\//, '').split('/');
  const bucket = ofHost ?? decodeURIComponent(first);
  const path = ofHost === undefined ? rest.join('/') : request.path.slice(1);
  const key = decodeURIComponent(path);
  return { bucket: bucket === '' ? undefined : bucket, key: key === '' ? undefined : key };
}

/** Method and sub-resource -> operation. The sub-resource is the query parameter that names one. */
const OBJECT_OPERATIONS: Readonly<Record<string, string>> = {
  'PUT ': 'PutObject',
  'GET ': 'GetObject',
  'HEAD ': 'HeadObject',
  'DELETE ': 'DeleteObject',
  'PUT retention': 'PutObjectRetention',
  'GET retention': 'GetObjectRetention',
};
const BUCKET_OPERATIONS: Readonly<Record<string, string>> = {
  'PUT ': 'CreateBucket',
  'HEAD ': 'HeadBucket',
  'DELETE ': 'DeleteBucket',
  'GET list-type': 'ListObjectsV2',
  'GET versions': 'ListObjectVersions',
  'GET versioning': 'GetBucketVersioning',
  'PUT versioning': 'PutBucketVersioning',
  'PUT object-lock': 'PutObjectLockConfiguration',
  'POST delete': 'DeleteObjects',
};

/** Parameters that belong to an operation instead of naming one. */
const PLAIN_PARAMETERS = new Set([...Object.values(QUERY), 'x-id', 'encoding-type', 'fetch-owner']);

function operationOf(request: S3HttpRequest, isObject: boolean, isBucket: boolean): string {
  const sub = [...request.query.keys()].find((name) => !PLAIN_PARAMETERS.has(name)) ?? '';
  const wanted = `${request.method} ${sub}`;
  if (!isBucket) {
    if (wanted === 'GET ') return 'ListBuckets';
    throw notEmulated('s3', wanted);
  }
  const operation = (isObject ? OBJECT_OPERATIONS : BUCKET_OPERATIONS)[wanted];
  const isCopy = request.headers['x-amz-copy-source'] !== undefined;
  if (!operation || isCopy) throw notEmulated('s3', isCopy ? 'CopyObject' : wanted);
  return operation;
}

const parser = new XMLParser({
  parseTagValue: false,
  processEntities: true,
  ignoreDeclaration: true,
  ignoreAttributes: true,
  isArray: (name) => name === 'Object' || name === 'Rule',
});

/** The XML body of an operation in the words of its input. */
function inputFromXml(operation: string, body: Uint8Array): Json {
  const document: unknown = body.length > 0 ? parser.parse(Buffer.from(body).toString()) : {};
  const root = isJson(document) ? Object.values(document).find(isJson) : undefined;
  if (!root) return {};
  switch (operation) {
    case 'DeleteObjects':
      return { Delete: { Objects: root['Object'] ?? [] } };
    case 'PutBucketVersioning':
      return { VersioningConfiguration: root };
    case 'PutObjectLockConfiguration': {
      const rules = root['Rule'];
      return {
        ObjectLockConfiguration: { ...root, Rule: Array.isArray(rules) ? rules[0] : rules },
      };
    }
    case 'PutObjectRetention':
      return { Retention: root };
    default:
      return {};
  }
}

function fieldsFromHeaders(headers: S3HttpRequest['headers']): Json {
  const fields = REQUEST_FIELDS.flatMap((field) => {
    const value = headers[HEADERS[field] ?? ''];
    return value === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(fields);
}

function metadataFrom(headers: S3HttpRequest['headers']): Record<string, string> {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(META) && value !== undefined ? [[name.slice(META.length), value] as const] : [],
  );
  return Object.fromEntries(pairs);
}

/** Framing is not part of what is stored: `aws-chunked` goes, other encodings stay. */
function withoutFraming(fields: Json): Json {
  const { ContentEncoding, ...rest } = fields;
  const left = String(ContentEncoding ?? '')
    .split(',')
    .filter((name) => name !== 'aws-chunked' && name !== '');
  return left.length > 0 ? { ...rest, ContentEncoding: left.join(',') } : rest;
}

/** Reads which operation an HTTP request means. Path style and virtual hosts are both understood. */
export function readS3Request(request: S3HttpRequest): S3Call {
  const { bucket, key } = place(request);
  const operation = operationOf(request, key !== undefined, bucket !== undefined);
  const inQuery = Object.entries(QUERY).flatMap(([field, name]) => {
    const value = request.query.get(name);
    return value === null ? [] : [[field, value] as const];
  });
  const base: Json = {
    ...(bucket === undefined ? {} : { Bucket: bucket }),
    ...(key === undefined ? {} : { Key: key }),
    ...Object.fromEntries(inQuery),
    ...withoutFraming(fieldsFromHeaders(request.headers)),
  };
  const body = isChunked(request.headers) ? unchunk(request.body) : request.body;
  if (operation !== 'PutObject')
    return { operation, input: { ...base, ...inputFromXml(operation, body) } };
  return { operation, input: { ...base, Metadata: metadataFrom(request.headers), Body: body } };
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function xmlOf(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => xmlOf(name, item)).join('');
  if (isJson(value)) {
    const inner = Object.entries(value).map(([field, item]) => xmlOf(field, item));
    return `<${name}>${inner.join('')}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** Operation -> the root of its XML answer and how its fields are called there. */
const DOCUMENTS: Readonly<Record<string, { root: string; content: (output: Json) => Json }>> = {
  ListBuckets: {
    root: 'ListAllMyBucketsResult',
    content: (output) => ({ Buckets: { Bucket: output['Buckets'] } }),
  },
  ListObjectsV2: { root: 'ListBucketResult', content: (output) => output },
  ListObjectVersions: {
    root: 'ListVersionsResult',
    content: ({ Versions, DeleteMarkers, ...rest }) => ({
      ...rest,
      Version: Versions,
      DeleteMarker: DeleteMarkers,
    }),
  },
  DeleteObjects: {
    root: 'DeleteResult',
    content: ({ Deleted, Errors }) => ({ Deleted, Error: Errors }),
  },
  GetBucketVersioning: { root: 'VersioningConfiguration', content: (output) => output },
  GetObjectRetention: {
    root: 'Retention',
    content: ({ Retention }) => (isJson(Retention) ? Retention : {}),
  },
};

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

function document(root: string, content: Json): Uint8Array {
  const xml = xmlOf(root, content).replace(`<${root}>`, `<${root} xmlns="${NAMESPACE}">`);
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

function answerHeaders(output: Json): Record<string, string> {
  const plain = Object.entries(HEADERS).flatMap(([field, header]) => {
    const value = output[field];
    return value === undefined ? [] : [[header, String(value)] as const];
  });
  const metadata = Object.entries(textMapOf(output, 'Metadata')).map(
    ([name, value]) => [`${META}${name}`, value] as const,
  );
  const modified = output['LastModified'];
  return {
    ...Object.fromEntries([...plain, ...metadata]),
    ...(typeof modified === 'string' ? { 'last-modified': new Date(modified).toUTCString() } : {}),
  };
}

/** Puts the output of an operation into HTTP. */
export function writeS3Answer(operation: string, output: Json): S3HttpResponse {
  const described = DOCUMENTS[operation];
  if (described) {
    const body = document(described.root, described.content(output));
    return { status: 200, headers: { 'content-type': 'application/xml' }, body };
  }
  const bytes = output['Body'];
  const body = bytes instanceof Uint8Array ? bytes : new Uint8Array();
  const isDeletion = operation === 'DeleteObject' || operation === 'DeleteBucket';
  const status = isDeletion ? 204 : output['ContentRange'] === undefined ? 200 : 206;
  return { status, headers: answerHeaders(output), body };
}

/** An error in S3's XML. The answer to HEAD has no body, so the client only sees the status. */
export function writeS3Error(error: AwsError, request: Pick<S3HttpRequest, 'method' | 'path'>) {
  const content = {
    Code: error.code,
    Message: error.message,
    ...error.fields,
    Resource: request.path,
  };
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${xmlOf('Error', content)}`;
  const body: Uint8Array = request.method === 'HEAD' ? new Uint8Array() : Buffer.from(xml);
  return { status: error.status, headers: { 'content-type': 'application/xml' }, body };
}
