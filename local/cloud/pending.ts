import type { Host, Service } from '#local/kernel/service.ts';

export type S3Service = Service;
export const createS3 = (_: Host): Service => ({
  name: 's3',
  async call() {
    return {};
  },
  permissions: () => [],
  restore() {},
  snapshot: () => [],
});
