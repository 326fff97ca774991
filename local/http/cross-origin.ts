import type { CrossOrigin } from './api-definition.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** API Gateway answers preflight requests by itself once CORS is configured. */
export function preflightAnswer(
  cors: CrossOrigin | undefined,
  request: HttpRequest,
): HttpResponse | undefined {
  const isPreflight =
    request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
  if (!cors || !isPreflight) return undefined;
  const maxAge = cors.maxAgeSeconds;
  return {
    status: 204,
    headers: {
      ...corsHeaders(cors, request),
      'access-control-allow-methods': cors.methods.join(','),
      'access-control-allow-headers': cors.headers.join(','),
      ...(maxAge === undefined ? {} : { 'access-control-max-age': String(maxAge) }),
    },
    body: '',
  };
}

export function corsHeaders(
  cors: CrossOrigin | undefined,
  request: HttpRequest,
): Record<string, string> {
  const origin = request.headers['origin'];
  if (!cors || origin === undefined) return {};
  const isAllowed = cors.origins.includes('*') || cors.origins.includes(origin);
  if (!isAllowed) return {};
  return {
    'access-control-allow-origin': cors.origins.includes('*') ? '*' : origin,
    ...(cors.exposed.length > 0 ? { 'access-control-expose-headers': cors.exposed.join(',') } : {}),
    ...(cors.allowsCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
  };
}
