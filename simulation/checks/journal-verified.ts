import { verifyLedger } from '#shared/ledger/usecases/verify-ledger.ts';
import type { Check } from './check.ts';

/** The product's own verification finds nothing, and everything is sealed. */
export const journalVerified: Check = {
  name: 'journal verified',
  check({ ledger, journal }) {
    const { faults, unsealed } = verifyLedger(ledger, journal);
    return [
      ...faults.map(({ record, problem }) => `${record}: ${problem}`),
      ...(unsealed > 0 ? [`${unsealed} versions are not sealed`] : []),
    ];
  },
};
