import { gatewayAnswer } from '#local/http/api-answer.ts';
import type { ApiGateway } from '#local/http/api-gateway.ts';
import type { AwsFront } from '#local/http/aws-front.ts';
import type { HttpRequest } from '#local/http/http-message.ts';
import { type HttpHandler, LoopbackServer } from '#local/http/server.ts';
import type { UserPools } from '#local/http/user-pools.ts';

const API_PATH = /^\/_api\/([^/]+)(\/.*)?$/;
const KEYS_PATH = /^\/_pools\/([^/]+)\/\.well-known\/jwks\.json$/;

/** Everything on the one port: HTTP APIs under `/_api/<name>`, public keys, and the AWS protocols. */
export function frontDoor(
  gateways: readonly ApiGateway[],
  aws: AwsFront,
  pools: UserPools,
): HttpHandler {
  return async (request) => {
    const api = API_PATH.exec(request.path);
    if (api) {
      const name = decodeURIComponent(api[1] ?? '');
      const gateway = gateways.find((other) => other.api.name === name || other.api.id === name);
      if (!gateway) return gatewayAnswer(404, 'Not Found');
      return gateway.handle({ ...request, path: api[2] ?? '/' });
    }
    const pool = KEYS_PATH.exec(request.path)?.[1];
    if (pool !== undefined) return publicKeys(pools, pool);
    return aws.handle(request);
  };
}

async function publicKeys(pools: UserPools, pool: string) {
  const body = JSON.stringify(await pools.publicKeys(pool));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** Gives APIs a port of their own, for clients that cannot live with a path prefix. */
export async function openApiPorts(
  gateways: readonly ApiGateway[],
  ports: Readonly<Record<string, number>>,
): Promise<{ urls: Record<string, string>; servers: LoopbackServer[] }> {
  const unknown = Object.keys(ports).find((name) => !gateways.some(({ api }) => api.name === name));
  if (unknown !== undefined) throw new Error(`apiPorts names the unknown API ${unknown}`);
  const urls: Record<string, string> = {};
  const servers: LoopbackServer[] = [];
  for (const gateway of gateways) {
    const wanted = ports[gateway.api.name];
    if (wanted === undefined) continue;
    const server = new LoopbackServer();
    server.handler = (request: HttpRequest) => gateway.handle(request);
    servers.push(server);
    urls[gateway.api.name] = `http://127.0.0.1:${await server.listen(wanted)}`;
  }
  return { urls, servers };
}
