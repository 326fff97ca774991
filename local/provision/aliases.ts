import { ROOT } from '#local/iam/iam.ts';
import { AwsError } from '#local/kernel/aws-error.ts';
import type { Service } from '#local/kernel/service.ts';
import type { Deployment } from '#local/template/deployment.ts';

/** Gives keys the names by which functions may call them. */
export async function provideAliases(deployment: Deployment, kms: Service): Promise<void> {
  for (const { properties } of deployment.resources('AWS::KMS::Alias')) {
    const { AliasName, TargetKeyId } = properties;
    try {
      await kms.call('CreateAlias', { AliasName, TargetKeyId }, { principal: ROOT });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'AlreadyExistsException') throw error;
    }
  }
}
