import { randomUUID } from 'node:crypto';
import { errors, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import type { KeptValues } from '#local/durability/kept-values.ts';
import type { Clock } from '#local/kernel/clock.ts';
import type { Json } from '#local/kernel/service.ts';
import type { Deployment, Resource } from '#local/template/deployment.ts';
import { asText } from '#local/template/json.ts';
import type { JwtAuthorizer } from './api-definition.ts';

export type TokenRequest = {
  scopes?: readonly string[];
  sub?: string;
  groups?: readonly string[];
  /** Ref or logical id of the client; the pool's first client when absent. */
  client?: string;
  expiresInSeconds?: number;
  /** Further claims, for example to make a token that must be refused. */
  claims?: Json;
};

export type TokenCheck = {
  authorizer: JwtAuthorizer;
  scopes: readonly string[];
  /** The whole header value, with or without `Bearer`. */
  header: string | undefined;
  nowMs: number;
};

export type TokenVerdict =
  | { kind: 'ok'; jwt: { claims: Record<string, string>; scopes: string[] | null } }
  | { kind: 'unauthorized' | 'forbidden'; headers: Record<string, string> };

export type TokenVerifier = { verify(check: TokenCheck): Promise<TokenVerdict> };

type Pool = { resource: Resource; issuer: string; clients: readonly Resource[] };
type SigningKey = Awaited<ReturnType<typeof importJWK>>;
type KeyPair = { privateKey: SigningKey; publicKey: SigningKey; publicJwk: JWK };

const HOUR_SECONDS = 3600;

/** The user pools of the template: one RSA key each, tokens as Cognito signs them. */
export class UserPools implements TokenVerifier {
  readonly #pools: readonly Pool[];
  readonly #kept: KeptValues;
  readonly #clock: Clock;
  readonly #keys = new Map<string, Promise<KeyPair>>();

  constructor(deployment: Deployment, kept: KeptValues, clock: Clock) {
    const clients = deployment.resources('AWS::Cognito::UserPoolClient');
    this.#pools = deployment.resources('AWS::Cognito::UserPool').map((resource) => ({
      resource,
      issuer: resource.attribute('ProviderURL'),
      clients: clients.filter(({ properties }) => properties['UserPoolId'] === resource.ref),
    }));
    this.#kept = kept;
    this.#clock = clock;
  }

  /** Signs an access token of the pool, named by logical id or by pool id. */
  async mint(poolName: string, request: TokenRequest = {}): Promise<string> {
    const pool = this.#poolNamed(poolName);
    const { privateKey, publicJwk } = await this.#keyOf(pool);
    const nowSeconds = Math.floor(this.#clock.now() / 1000);
    const subject = request.sub ?? randomUUID();
    return new SignJWT({
      token_use: 'access',
      client_id: clientOf(pool, request.client),
      username: subject,
      ...(request.scopes ? { scope: request.scopes.join(' ') } : {}),
      ...(request.groups ? { 'cognito:groups': request.groups } : {}),
      jti: randomUUID(),
      ...request.claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: publicJwk.kid ?? '' })
      .setIssuer(pool.issuer)
      .setSubject(subject)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + (request.expiresInSeconds ?? HOUR_SECONDS))
      .sign(privateKey);
  }

  /** The public keys of a pool, as its `.well-known/jwks.json` shows them. */
  async publicKeys(poolName: string): Promise<Json> {
    const { publicJwk } = await this.#keyOf(this.#poolNamed(poolName));
    return { keys: [publicJwk] };
  }

  async verify({ authorizer, scopes, header, nowMs }: TokenCheck): Promise<TokenVerdict> {
    if (header === undefined) return refused('unauthorized', '');
    const token = header.replace(/^Bearer\s+/i, '');
    const pool = this.#pools.find(({ issuer }) => issuer === authorizer.issuer);
    if (!pool) return refused('unauthorized', 'unknown issuer');
    try {
      const { publicKey } = await this.#keyOf(pool);
      const { payload } = await jwtVerify(token, publicKey, {
        issuer: authorizer.issuer,
        algorithms: ['RS256'],
        currentDate: new Date(nowMs),
        requiredClaims: ['exp'],
      });
      return judgeClaims({ ...payload }, authorizer, scopes);
    } catch (error) {
      if (error instanceof errors.JOSEError) return refused('unauthorized', error.message);
      throw error;
    }
  }

  #poolNamed(name: string): Pool {
    const pool = this.#pools.find(({ resource }) =>
      [resource.logicalId, resource.ref, resource.id].includes(name),
    );
    if (pool) return pool;
    const known = this.#pools.map(({ resource }) => resource.logicalId).join(', ');
    throw new Error(`no user pool ${name}; the template has: ${known || 'none'}`);
  }

  /** Made when first needed and kept, so that tokens outlive a restart. */
  #keyOf(pool: Pool): Promise<KeyPair> {
    const { id } = pool.resource;
    const key = this.#keys.get(id) ?? this.#loadKey(id);
    this.#keys.set(id, key);
    return key;
  }

  async #loadKey(poolId: string): Promise<KeyPair> {
    const keptAs = `user-pool-key/${poolId}`;
    const kept = this.#kept.get(keptAs);
    const jwk: JWK = kept ? { ...kept } : await newPrivateJwk();
    if (!kept) this.#kept.set(keptAs, { ...jwk });
    const { kty, n, e, kid } = jwk;
    const publicJwk: JWK = { ...present({ kty, n, e, kid }), alg: 'RS256', use: 'sig' };
    return {
      privateKey: await importJWK(jwk, 'RS256'),
      publicKey: await importJWK(publicJwk, 'RS256'),
      publicJwk,
    };
  }
}

async function newPrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID() };
}

function present(jwk: Readonly<Record<string, string | undefined>>): JWK {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined));
}

function clientOf(pool: Pool, name: string | undefined): string {
  const client =
    name === undefined
      ? pool.clients[0]
      : pool.clients.find(({ logicalId, ref }) => logicalId === name || ref === name);
  if (!client) throw new Error(`user pool ${pool.resource.logicalId} has no client ${name ?? ''}`);
  return client.ref;
}

/** Cognito's access tokens name the client in `client_id`; other issuers use `aud`. */
function judgeClaims(
  claims: Json,
  authorizer: JwtAuthorizer,
  wanted: readonly string[],
): TokenVerdict {
  const audience = claims['aud'] ?? claims['client_id'];
  const named = Array.isArray(audience) ? audience : [audience];
  if (!named.some((name) => authorizer.audience.includes(String(name)))) {
    return refused('unauthorized', 'the token does not have a valid audience');
  }
  const scope = claims['scope'] ?? claims['scp'];
  const scopes = scope === undefined ? [] : asText(scope, 'scope').split(' ');
  if (wanted.length > 0 && !wanted.some((name) => scopes.includes(name))) {
    return {
      kind: 'forbidden',
      headers: {
        'www-authenticate': `Bearer scope="${wanted.join(' ')}" error="insufficient_scope"`,
      },
    };
  }
  const texts = Object.entries(claims).map(([name, value]) => [name, claimText(value)] as const);
  const granted = wanted.length > 0 ? scopes.filter((name) => wanted.includes(name)) : null;
  return { kind: 'ok', jwt: { claims: Object.fromEntries(texts), scopes: granted } };
}

/** API Gateway hands claims to functions as text; a list stands in brackets. */
function claimText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
}

function refused(kind: 'unauthorized', reason: string): TokenVerdict {
  const detail = reason === '' ? '' : ` error="invalid_token" error_description="${reason}"`;
  return { kind, headers: { 'www-authenticate': `Bearer${detail}` } };
}
