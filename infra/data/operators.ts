import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StandardThreatProtectionMode,
  UserPool,
  type UserPoolClient,
  type UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

const READ = new ResourceServerScope({ scopeName: 'read', scopeDescription: 'See everything' });
const WRITE = new ResourceServerScope({ scopeName: 'write', scopeDescription: 'Act on payments' });
/** As they stand in a token: the identifier of the resource server, a slash, and the scope. */
export const OPERATOR_SCOPES = ['operators/read', 'operators/write'] as const;

export type OperatorsProps = { settings: Settings };

/** Who may use the operator API: people through the hosted login, programs by their own secret. */
export class Operators extends Construct {
  readonly pool: UserPool;
  /** The console: a public client, so there is no secret to leak, and the code is bound to the tab. */
  readonly consoleClient: UserPoolClient;
  /** A seller's own systems, which create invoices and links. */
  readonly programClient: UserPoolClient;

  constructor(scope: Construct, id: string, { settings }: OperatorsProps) {
    super(scope, id);
    this.pool = this.createPool();
    const server = this.pool.addResourceServer('Api', {
      identifier: 'operators',
      userPoolResourceServerName: 'Operator API',
      scopes: [READ, WRITE],
    });
    const scopes = [READ, WRITE].map((item) => OAuthScope.resourceServer(server, item));
    this.consoleClient = this.createConsoleClient(settings.consoleUrl, scopes);
    this.programClient = this.createProgramClient(scopes);
    this.describe(this.createDomain(settings.stage));
  }

  private createPool(): UserPool {
    return new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireSymbols: true,
        requireUppercase: true,
        tempPasswordValidity: Duration.days(3),
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private createConsoleClient(consoleUrl: string, scopes: OAuthScope[]): UserPoolClient {
    return this.pool.addClient('Console', {
      generateSecret: false,
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, ...scopes],
        callbackUrls: [consoleUrl],
        logoutUrls: [consoleUrl],
      },
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.hours(12),
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
    });
  }

  private createProgramClient(scopes: OAuthScope[]): UserPoolClient {
    return this.pool.addClient('Programs', {
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes },
      accessTokenValidity: Duration.hours(1),
    });
  }

  /** The prefix is shared by all AWS accounts of a region, so it carries ours. */
  private createDomain(stage: string): UserPoolDomain {
    const { account } = Stack.of(this);
    return this.pool.addDomain('Login', {
      cognitoDomain: { domainPrefix: `priliv-${stage}-${account}` },
    });
  }

  private describe(domain: UserPoolDomain): void {
    const outputs = {
      UserPoolId: this.pool.userPoolId,
      ConsoleClientId: this.consoleClient.userPoolClientId,
      ProgramClientId: this.programClient.userPoolClientId,
      LoginUrl: domain.baseUrl(),
    };
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(Stack.of(this), name, { value });
    }
  }
}
