import { AwsError } from '#local/kernel/aws-error.ts';
import type { Fault } from './fault.ts';

const WINDOW_MS = 600_000;
const SHARE_OF_WINDOWS = 0.15;

/** For ten minutes the services refuse half of all calls: longer than any retry of one invocation. */
export const sustainedThrottle: Fault = {
  name: 'sustained_throttle',
  rates: [0.5],
  onCall: ({ key, service }, { strikes, choice, nowMs }) => {
    const isAws = service !== 'port' && service !== 'gateway';
    const window = Math.floor(nowMs() / WINDOW_MS);
    const isStruck = isAws && choice.chance(`sustained_throttle ${window}`, SHARE_OF_WINDOWS);
    return isStruck && strikes(key)
      ? { do: 'refuse', error: new AwsError('ThrottlingException', 'simulated long throttling') }
      : undefined;
  },
};
