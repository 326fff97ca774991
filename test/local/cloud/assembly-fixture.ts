import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Properties = Record<string, unknown>;
export type TestResource = { Type: string; Properties?: Properties; Condition?: string };
export type TestStack = {
  Resources: Record<string, TestResource>;
  Outputs?: Record<string, unknown>;
  Conditions?: Record<string, unknown>;
  Parameters?: Record<string, unknown>;
};

const FUNCTIONS = join(import.meta.dirname, 'functions');

/** Writes a cloud assembly as `cdk synth` does, with one stack per entry. */
export function writeAssembly(stacks: Record<string, TestStack>): string {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  const artifacts = Object.entries(stacks).map(([name, template]) => {
    writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
    const properties = { templateFile: `${name}.template.json` };
    const environment = 'aws://unknown-account/unknown-region';
    return [name, { type: 'aws:cloudformation:stack', environment, properties }];
  });
  const manifest = { version: '55.0.0', artifacts: Object.fromEntries(artifacts) };
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest));
  return directory;
}

export const ref = (Ref: string) => ({ Ref });
export const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

export type TestStatement = {
  Action: string | string[];
  Resource: unknown;
  [key: string]: unknown;
};

/** A function with its role, as `<name>` and `<name>Role`. */
export function testFunction(
  name: string,
  file: string,
  properties: Properties = {},
  statements: readonly TestStatement[] = [],
): Record<string, TestResource> {
  return {
    [name]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Handler: `${file}.handler`,
        Code: { S3Bucket: 'assets', S3Key: 'functions.zip' },
        Role: arnOf(`${name}Role`),
        Timeout: 5,
        MemorySize: 256,
        ...properties,
      },
      Metadata: { 'aws:asset:path': FUNCTIONS },
    } as TestResource,
    [`${name}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {},
        ...(statements.length === 0
          ? {}
          : {
              Policies: [
                {
                  PolicyName: 'own',
                  PolicyDocument: {
                    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
                  },
                },
              ],
            }),
      },
    },
  };
}

/** An HTTP API with one route to a function, and the permission to call it. */
export function testApi(
  name: string,
  routeKey: string,
  functionName: string,
  stage: Properties = {},
): Record<string, TestResource> {
  return {
    [name]: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: name, ProtocolType: 'HTTP' } },
    [`${name}Stage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: ref(name), StageName: '$default', ...stage },
    },
    ...testRoute(name, `${name}Route`, routeKey, functionName),
  };
}

export function testRoute(
  api: string,
  id: string,
  RouteKey: string,
  functionName: string,
  properties: Properties = {},
): Record<string, TestResource> {
  return {
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: ref(api),
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: arnOf(functionName),
        PayloadFormatVersion: '2.0',
      },
    },
    [id]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: ref(api),
        RouteKey,
        Target: { 'Fn::Join': ['/', ['integrations', ref(`${id}Integration`)]] },
        ...properties,
      },
    },
    [`${id}Permission`]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: arnOf(functionName),
        Principal: 'apigateway.amazonaws.com',
        SourceArn: {
          'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${api}}/*/*${RouteKey.split(' ')[1]}`,
        },
      },
    },
  };
}

/** Waits for a condition without guessing how long it takes. Fails after the test's own limit. */
export async function eventually<T>(
  read: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const untilMs = Date.now() + 20_000;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > untilMs) throw new Error(`never true: ${read.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
