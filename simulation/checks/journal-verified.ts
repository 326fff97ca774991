import { verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import type { Check } from './check.ts';

/**
 * The product's own verification finds nothing, and everything is sealed. A version is called unseen
 * only when the stream has lost something.
 */
export const journalVerified: Check = {
  name: 'journal verified',
  check({ ledger, journal, skipped }) {
    const { faults, unsealed, unseen } = verifyLedger(ledger, journal);
    return [
      ...faults.map(({ record, problem }) => `${record}: ${problem}`),
      ...(unsealed > 0 ? [`${unsealed} versions are not sealed`] : []),
      ...(unseen > 0 && skipped === 0 ? [`${unseen} versions are unseen, and none was lost`] : []),
    ];
  },
};
