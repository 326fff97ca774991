import { sdkRequestHandler } from '#local/kernel/sdk-handler.ts';
import type { Service } from '#local/kernel/service.ts';
import { ROOT } from './test-host.ts';

/** The configuration of a real SDK client that talks to an engine of this process. */
export function clientOf(service: Service) {
  return {
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: sdkRequestHandler([service], ROOT) as never,
  };
}
