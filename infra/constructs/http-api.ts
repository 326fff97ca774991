import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  type HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { MINUTE } from './alarm-registry.ts';
import type { Platform } from './billing-function.ts';

export type HttpFrontProps = {
  platform: Platform;
  name: string;
  description: string;
  /** Requests per second that pass, and how many may come at once. Beyond that: 429. */
  throttle: { rateLimit: number; burstLimit: number };
  impact: string;
};

/** No query and no body: both may hold personal data and signatures. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationLatencyMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
});

/** An HTTP API with its one stage, access logs, throttling and an alarm on its own failures. */
export class HttpFront extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: HttpFrontProps) {
    super(scope, id);
    const { platform, description, throttle, impact } = props;
    this.api = new HttpApi(this, 'Api', {
      apiName: props.name,
      description,
      createDefaultStage: false,
    });
    const logs = new LogGroup(this, 'AccessLogs', {
      retention: platform.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle,
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    platform.alarms.page(id, 'ServerErrors', {
      metric: this.metric('5xx', 'sum'),
      threshold: 0,
      periods: 5,
      datapoints: 2,
      impact,
    });
  }

  /** Public base address, without a slash at its end. */
  get baseUrl(): string {
    return this.api.apiEndpoint;
  }

  metric(name: string, statistic: string): Metric {
    return new Metric({
      namespace: 'AWS/ApiGateway',
      metricName: name,
      dimensionsMap: { ApiId: this.api.apiId },
      statistic,
      period: MINUTE,
    });
  }

  /** Sends the methods of some paths to one function. */
  route(
    id: string,
    handler: IFunction,
    routes: {
      paths: readonly string[];
      methods: readonly HttpMethod[];
      authorizer?: IHttpRouteAuthorizer;
      scopes?: readonly string[];
    },
  ): void {
    // One permission for the whole API: one for each route would outgrow the function's policy.
    const integration = new HttpLambdaIntegration(id, handler, { scopePermissionToRoute: false });
    for (const path of routes.paths) {
      this.api.addRoutes({
        path,
        methods: [...routes.methods],
        integration,
        ...(routes.authorizer ? { authorizer: routes.authorizer } : {}),
        ...(routes.scopes ? { authorizationScopes: [...routes.scopes] } : {}),
      });
    }
  }
}
