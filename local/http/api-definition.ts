import type { Deployment, Resource } from '#local/template/deployment.ts';
import {
  asText,
  isObject,
  listOf,
  optionalNumber,
  optionalText,
  textsOf,
} from '#local/template/json.ts';
import { parseRouteKey, type RoutePattern } from './route-matching.ts';

export type Throttling = { ratePerSecond: number; burst: number };

export type JwtAuthorizer = {
  kind: 'jwt';
  issuer: string;
  audience: readonly string[];
  /** Name of the header that holds the token, in lower case. */
  header: string;
};

export type ApiRoute = RoutePattern & {
  key: string;
  /** ARN of the function, alias or version. */
  functionArn: string;
  timeoutMs: number;
  authorizer: JwtAuthorizer | undefined;
  /** The token must carry one of these. */
  scopes: readonly string[];
  throttling: Throttling;
};

export type CrossOrigin = {
  origins: readonly string[];
  methods: readonly string[];
  headers: readonly string[];
  exposed: readonly string[];
  maxAgeSeconds: number | undefined;
  allowsCredentials: boolean;
};

export type HttpApi = {
  id: string;
  name: string;
  logicalId: string;
  region: string;
  accountId: string;
  stage: string;
  routes: readonly ApiRoute[];
  crossOrigin: CrossOrigin | undefined;
};

/** The account's own limits of HTTP APIs, where the template sets none. */
const DEFAULT_THROTTLING: Throttling = { ratePerSecond: 10_000, burst: 5_000 };
const MAX_TIMEOUT_MS = 30_000;

/** Reads the HTTP APIs of the template with their stages, routes, integrations and authorisers. */
export function readApis(deployment: Deployment): HttpApi[] {
  return deployment.resources('AWS::ApiGatewayV2::Api').map((api) => {
    const { properties, id } = api;
    if (properties['ProtocolType'] !== 'HTTP')
      throw new Error(`${id}: only HTTP APIs are emulated`);
    if (properties['Body'] !== undefined) throw new Error(`${id}: OpenAPI bodies are not emulated`);
    const parts = deployment.resources(
      'AWS::ApiGatewayV2::Stage',
      'AWS::ApiGatewayV2::Route',
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Authorizer',
    );
    const own = parts.filter((part) => part.properties['ApiId'] === api.ref);
    const stage = own.find(({ type }) => type === 'AWS::ApiGatewayV2::Stage');
    if (stage && stage.ref !== '$default')
      throw new Error(`${id}: stage ${stage.ref} is not emulated`);
    return {
      id: api.ref,
      name: asText(properties['Name'] ?? api.logicalId, `Name of ${id}`),
      logicalId: api.logicalId,
      region: api.region,
      accountId: api.accountId,
      stage: '$default',
      routes: own
        .filter(({ type }) => type === 'AWS::ApiGatewayV2::Route')
        .map((route) => readRoute(route, own, stage)),
      crossOrigin: readCrossOrigin(properties['CorsConfiguration'], id),
    };
  });
}

function readRoute(
  route: Resource,
  parts: readonly Resource[],
  stage: Resource | undefined,
): ApiRoute {
  const { properties, id } = route;
  const key = asText(properties['RouteKey'], `RouteKey of ${id}`);
  const target = asText(properties['Target'], `Target of ${id}`).replace('integrations/', '');
  const integration = parts.find(
    ({ type, ref }) => type === 'AWS::ApiGatewayV2::Integration' && ref === target,
  );
  if (!integration) throw new Error(`${id}: no integration ${target}`);
  const timeout = optionalNumber(integration.properties['TimeoutInMillis'], integration.id);
  return {
    ...parseRouteKey(key),
    key,
    functionArn: functionOf(integration),
    timeoutMs: timeout ?? MAX_TIMEOUT_MS,
    authorizer: readAuthorizer(route, parts),
    scopes: textsOf(properties['AuthorizationScopes'], id),
    throttling: throttlingOf(stage, key),
  };
}

function functionOf({ properties, id }: Resource): string {
  const type = asText(properties['IntegrationType'], `IntegrationType of ${id}`);
  if (type !== 'AWS_PROXY') throw new Error(`${id}: integration type ${type} is not emulated`);
  const version = asText(properties['PayloadFormatVersion'] ?? '1.0', id);
  if (version !== '2.0') throw new Error(`${id}: payload format ${version} is not emulated`);
  const uri = asText(properties['IntegrationUri'], `IntegrationUri of ${id}`);
  // REST style: arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<arn>/invocations
  return /functions\/(arn:[^/]+)\/invocations/.exec(uri)?.[1] ?? uri;
}

function readAuthorizer(route: Resource, parts: readonly Resource[]): JwtAuthorizer | undefined {
  const type = route.properties['AuthorizationType'] ?? 'NONE';
  if (type === 'NONE') return undefined;
  if (type !== 'JWT') throw new Error(`${route.id}: authorisation ${String(type)} is not emulated`);
  const found = parts.find(
    (part) =>
      part.type === 'AWS::ApiGatewayV2::Authorizer' &&
      part.ref === route.properties['AuthorizerId'],
  );
  if (!found) throw new Error(`${route.id}: no authoriser`);
  const jwt = found.properties['JwtConfiguration'];
  if (!isObject(jwt)) throw new Error(`${found.id}: no JwtConfiguration`);
  const [source] = textsOf(found.properties['IdentitySource'], found.id);
  const header = /^\$request\.header\.([\w-]+)$/.exec(source ?? '')?.[1];
  if (!header) throw new Error(`${found.id}: identity source ${source} is not emulated`);
  return {
    kind: 'jwt',
    issuer: asText(jwt['Issuer'], `Issuer of ${found.id}`),
    audience: textsOf(jwt['Audience'], `Audience of ${found.id}`),
    header: header.toLowerCase(),
  };
}

function throttlingOf(stage: Resource | undefined, routeKey: string): Throttling {
  const perRoute = stage?.properties['RouteSettings'];
  const settings = [
    isObject(perRoute) ? perRoute[routeKey] : undefined,
    stage?.properties['DefaultRouteSettings'],
  ];
  const first = (name: string) =>
    settings
      .map((value) => (isObject(value) ? optionalNumber(value[name], name) : undefined))
      .find((value) => value !== undefined);
  return {
    ratePerSecond: first('ThrottlingRateLimit') ?? DEFAULT_THROTTLING.ratePerSecond,
    burst: first('ThrottlingBurstLimit') ?? DEFAULT_THROTTLING.burst,
  };
}

function readCrossOrigin(value: unknown, id: string): CrossOrigin | undefined {
  if (!isObject(value)) return undefined;
  return {
    origins: textsOf(value['AllowOrigins'], id),
    methods: textsOf(value['AllowMethods'], id),
    headers: textsOf(value['AllowHeaders'], id),
    exposed: listOf(value['ExposeHeaders']).map((name) => asText(name, id)),
    maxAgeSeconds: optionalNumber(value['MaxAge'], id),
    allowsCredentials: optionalText(value['AllowCredentials'], id) === 'true',
  };
}
