import { randomUUID } from 'node:crypto';
import type { Access } from '#local/iam/access.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import type { InvocationOutcome } from '#local/lambda/function-pool.ts';
import { functionAnswer, gatewayAnswer, INTERNAL_ERROR } from './api-answer.ts';
import type { ApiRoute, HttpApi } from './api-definition.ts';
import { buildApiEvent } from './api-event.ts';
import { corsHeaders, preflightAnswer } from './cross-origin.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { matchRoute, type RouteMatch } from './route-matching.ts';
import { TokenBucket } from './token-bucket.ts';
import type { TokenVerifier } from './user-pools.ts';

export type ApiGatewayOptions = {
  api: HttpApi;
  access: Access;
  clock: Clock;
  verifier: TokenVerifier;
  invoke(functionArn: string, payload: string): Promise<InvocationOutcome>;
  /** One request: how long it took, how long of it the function, and what was answered. */
  onRequest(status: number, latencyMs: number, integrationMs: number | undefined): void;
  onProblem(message: string): void;
};

/** A simulated sender on this machine names the address it stands for. Nobody else is believed. */
const SOURCE_IP_HEADER = 'x-priliv-source-ip';
const LOOPBACK = new Set(['127.0.0.1', '::1']);

/** One HTTP API of the template: routing, throttling, authorisation, and the function behind it. */
export class ApiGateway {
  readonly api: HttpApi;
  readonly #options: ApiGatewayOptions;
  readonly #buckets = new Map<ApiRoute, TokenBucket>();

  constructor(options: ApiGatewayOptions) {
    this.api = options.api;
    this.#options = options;
  }

  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { clock, onRequest, api } = this.#options;
    const startedAtMs = clock.now();
    const preflight = preflightAnswer(api.crossOrigin, request);
    if (preflight) return preflight;
    const { response, integrationMs } = await this.#answer(request);
    onRequest(response.status, clock.now() - startedAtMs, integrationMs);
    return {
      ...response,
      headers: {
        ...response.headers,
        ...corsHeaders(api.crossOrigin, request),
        'apigw-requestid': randomUUID(),
      },
    };
  }

  async #answer(request: HttpRequest): Promise<{ response: HttpResponse; integrationMs?: number }> {
    const { clock } = this.#options;
    const match = matchRoute(this.api.routes, request.method, request.path);
    if (!match) return { response: gatewayAnswer(404, 'Not Found') };
    if (!this.#bucketOf(match.route).take(clock.now())) {
      return { response: gatewayAnswer(429, 'Too Many Requests') };
    }
    const authorized = await this.#authorize(match.route, request);
    if ('refused' in authorized) return { response: authorized.refused };
    const startedAtMs = clock.now();
    const response = await this.#integrate(request, match, authorized.claims);
    return { response, integrationMs: clock.now() - startedAtMs };
  }

  async #authorize(
    route: ApiRoute,
    request: HttpRequest,
  ): Promise<{ claims: Json | undefined } | { refused: HttpResponse }> {
    if (!route.authorizer) return { claims: undefined };
    const { clock, verifier } = this.#options;
    const verdict = await verifier.verify({
      authorizer: route.authorizer,
      scopes: route.scopes,
      header: request.headers[route.authorizer.header],
      nowMs: clock.now(),
    });
    if (verdict.kind === 'ok') return { claims: { jwt: verdict.jwt } };
    if (verdict.kind === 'forbidden') {
      return { refused: gatewayAnswer(403, 'Forbidden', verdict.headers) };
    }
    return { refused: gatewayAnswer(401, 'Unauthorized', verdict.headers) };
  }

  async #integrate(
    request: HttpRequest,
    { route, parameters }: RouteMatch<ApiRoute>,
    authorizer: Json | undefined,
  ): Promise<HttpResponse> {
    const { clock, onProblem, invoke } = this.#options;
    if (!this.#mayInvoke(route)) {
      onProblem(`API ${this.api.name} has no permission to invoke ${route.functionArn}`);
      return INTERNAL_ERROR;
    }
    const { [SOURCE_IP_HEADER]: claimedIp, ...headers } = request.headers;
    const isLocal = LOOPBACK.has(request.peerAddress);
    const event = buildApiEvent(
      { ...request, headers },
      {
        api: this.api,
        routeKey: route.key,
        parameters,
        authorizer,
        sourceIp: isLocal && claimedIp ? claimedIp : request.peerAddress,
        requestId: randomUUID(),
        nowMs: clock.now(),
      },
    );
    const outcome = await this.#withTimeout(
      route,
      invoke(route.functionArn, JSON.stringify(event)),
    );
    return answerOf(outcome);
  }

  #mayInvoke(route: ApiRoute): boolean {
    const { region, accountId, id, stage } = this.api;
    const path = route.isDefault ? '/$default' : `/${route.key.split(' ')[1]?.replace(/^\//, '')}`;
    const method = route.method ?? '*';
    return this.#options.access.allowsService({
      service: 'apigateway.amazonaws.com',
      action: 'lambda:InvokeFunction',
      resource: route.functionArn,
      sourceArn: `arn:aws:execute-api:${region}:${accountId}:${id}/${stage}/${method}${path}`,
      accountId,
    });
  }

  #withTimeout(
    route: ApiRoute,
    outcome: Promise<InvocationOutcome>,
  ): Promise<InvocationOutcome | { kind: 'timeout' }> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = clock.schedule(clock.now() + route.timeoutMs, () =>
        resolve({ kind: 'timeout' }),
      );
      outcome.then(resolve, reject).finally(cancel);
    });
  }

  #bucketOf(route: ApiRoute): TokenBucket {
    const bucket =
      this.#buckets.get(route) ?? new TokenBucket(route.throttling, this.#options.clock.now());
    this.#buckets.set(route, bucket);
    return bucket;
  }
}

function answerOf(outcome: InvocationOutcome | { kind: 'timeout' }): HttpResponse {
  switch (outcome.kind) {
    case 'ok':
      return functionAnswer(outcome.payload);
    case 'timeout':
    case 'throttled':
      return gatewayAnswer(503, 'Service Unavailable');
    default:
      return INTERNAL_ERROR;
  }
}
