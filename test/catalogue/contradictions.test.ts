import { describe, expect, it } from 'vitest';
import { readCatalogue } from '#shared/catalogue/contracts/catalogue-file.ts';
import { checkCatalogue } from '#shared/catalogue/domain/check-catalogue.ts';
import { type AnyFile, exampleFile, named, said } from './builders.ts';

/** Everything that is said about the example after a change: refusals of the form, or of the sense. */
function issuesAfter(change: (file: AnyFile) => void) {
  const file = exampleFile();
  change(file);
  const reading = readCatalogue(file);
  return 'issues' in reading ? reading.issues : checkCatalogue(reading.catalogue);
}

const course = (file: AnyFile) => file.plans[0].versions[0];
const teacher = (file: AnyFile) => file.plans[1].versions[0];
const chargeOf = (file: AnyFile, id: string) =>
  teacher(file).charges.find((charge: AnyFile) => charge.id === id);
const CHARGES = 'plans[1].versions[0].charges';

function anotherVersion(file: AnyFile, overrides: object): void {
  const [plan] = file.plans.slice(1);
  plan.versions.push({
    ...structuredClone(plan.versions[0]),
    version: 2,
    from: '2027-06-01',
    ...overrides,
  });
}

function tiers(...list: object[]) {
  return (file: AnyFile) => {
    chargeOf(file, 'seats').prices.RUB = { model: 'graduated', tiers: list };
  };
}

type Case = readonly [what: string, change: (file: AnyFile) => void, expected: string];

const CONTRADICTIONS: readonly Case[] = [
  [
    'usage in advance',
    (f) => (chargeOf(f, 'storage').due = 'advance'),
    `error charge.contradictory ${CHARGES}[2].due`,
  ],
  [
    'a meter that is not usage',
    (f) => Object.assign(chargeOf(f, 'storage'), { basis: 'recurring', due: 'advance' }),
    `error charge.contradictory ${CHARGES}[2].basis`,
  ],
  [
    'usage without a meter',
    (f) =>
      Object.assign(chargeOf(f, 'seats'), { basis: 'usage', due: 'arrears', proration: 'none' }),
    `error charge.contradictory ${CHARGES}[1].meter`,
  ],
  [
    'once in arrears',
    (f) => (course(f).charges[0].due = 'arrears'),
    'error charge.contradictory plans[0].versions[0].charges[0].due',
  ],
  [
    'once prorated',
    (f) => (course(f).charges[0].proration = 'daily'),
    'error charge.contradictory plans[0].versions[0].charges[0].proration',
  ],
  [
    'a meter and a quantity',
    (f) => (chargeOf(f, 'storage').quantity = 'units'),
    `error field.invalid ${CHARGES}[2].quantity`,
  ],
  [
    'a percentage of what is not money',
    (f) => (chargeOf(f, 'storage').prices.RUB = { model: 'percentage', percent: '2' }),
    `error price.contradictory ${CHARGES}[2].prices.RUB.model`,
  ],
  [
    'a price per unit of money',
    (f) => (chargeOf(f, 'acquiring').prices.RUB = { model: 'per_unit', unitAmount: '2' }),
    `error price.contradictory ${CHARGES}[3].prices.RUB.model`,
  ],
  [
    'a minimum above the maximum',
    (f) => (chargeOf(f, 'acquiring').prices.RUB.minimum = '5000.01'),
    `error field.invalid ${CHARGES}[3].prices.RUB.minimum`,
  ],
  [
    'VAT that the regime does not know',
    (f) => (course(f).charges[0].vat = 'standard'),
    'error vat.contradictory plans[0].versions[0].charges[0].vat',
  ],
  [
    'VAT of a minimum that the regime does not know',
    (f) => (teacher(f).minimum.vat = 'usn7'),
    'error vat.contradictory plans[1].versions[0].minimum.vat',
  ],
  [
    'instalments of nothing',
    (f) => (teacher(f).instalments = { parts: 3, every: { unit: 'month' } }),
    'error instalments.pointless plans[1].versions[0].instalments',
  ],
  [
    'a price that is missing in a currency',
    (f) => (chargeOf(f, 'access').prices.EUR = { model: 'flat', amount: '20' }),
    `error price.missing ${CHARGES}[1].prices`,
  ],
  [
    'a minimum that is missing in a currency',
    (f) => {
      for (const { prices } of teacher(f).charges) prices.KZT = prices.RUB;
    },
    'error price.missing plans[1].versions[0].minimum.amounts',
  ],
  [
    'an unknown meter',
    (f) => (chargeOf(f, 'storage').meter = 'memory'),
    `error meter.unknown ${CHARGES}[2].meter`,
  ],
  [
    'an unknown product',
    (f) => (f.plans[0].product = 'courses'),
    'error product.unknown plans[0].product',
  ],
  [
    'an unknown seller',
    (f) => (f.products[0].seller = 'college'),
    'error seller.unknown products[0].seller',
  ],
  [
    'an unknown currency',
    (f) => (course(f).charges[0].prices = { XXX: { model: 'flat', amount: '1' } }),
    'error field.invalid plans[0].versions[0].charges[0].prices.XXX',
  ],
  [
    'no price at all',
    (f) => (course(f).charges[0].prices = {}),
    'error field.invalid plans[0].versions[0].charges[0].prices',
  ],
  [
    'a negative quantity',
    (f) => (chargeOf(f, 'storage').prices.RUB.included = '-1'),
    `error field.invalid ${CHARGES}[2].prices.RUB.included`,
  ],
  [
    'a package of nothing',
    (f) => (chargeOf(f, 'storage').prices.RUB = { model: 'package', size: '0', amount: '1' }),
    `error field.invalid ${CHARGES}[2].prices.RUB.size`,
  ],
  [
    'a charge twice',
    (f) => teacher(f).charges.push(structuredClone(teacher(f).charges[0])),
    `error id.repeated ${CHARGES}[4].id`,
  ],
  [
    'a plan twice',
    (f) => f.plans.push(structuredClone(f.plans[0])),
    'error id.repeated plans[2].id',
  ],
  [
    'a charge called minimum',
    (f) => (teacher(f).charges[1].id = 'minimum'),
    `error id.reserved ${CHARGES}[1].id`,
  ],
  [
    'a version from the same day',
    (f) => anotherVersion(f, { from: '2027-01-01' }),
    'error version.overlaps plans[1].versions[1].from',
  ],
  [
    'a version left out',
    (f) => anotherVersion(f, { version: 3 }),
    'error version.out_of_order plans[1].versions[1].version',
  ],
  [
    'a gap between tiers',
    tiers({ upTo: '10', unitAmount: '1' }, { from: '11', unitAmount: '2' }),
    `error field.invalid ${CHARGES}[1].prices.RUB.tiers[1].from`,
  ],
  [
    'tiers that overlap',
    tiers({ upTo: '10', unitAmount: '1' }, { from: '9', unitAmount: '2' }),
    `error field.invalid ${CHARGES}[1].prices.RUB.tiers[1].from`,
  ],
  [
    'tiers that do not begin at 0',
    tiers({ from: '1', unitAmount: '1' }),
    `error field.invalid ${CHARGES}[1].prices.RUB.tiers[0].from`,
  ],
  [
    'tiers that go down',
    tiers({ upTo: '10' }, { upTo: '10' }, {}),
    `error field.invalid ${CHARGES}[1].prices.RUB.tiers[1].upTo`,
  ],
  [
    'a last tier with an end',
    tiers({ upTo: '10' }, { upTo: '20' }),
    `error field.invalid ${CHARGES}[1].prices.RUB.tiers[1].upTo`,
  ],
  [
    'a tier in between without an end',
    tiers({}, {}),
    `error field.invalid ${CHARGES}[1].prices.RUB.tiers[0]`,
  ],
  [
    'a promotion of an unknown plan',
    (f) => (f.promotions[0].plans = ['teachers']),
    'error plan.unknown promotions[0].plans[0]',
  ],
  [
    'plans of a promotion on the bill',
    (f) => (f.promotions[0].level = 'bill'),
    'error promotion.contradictory promotions[0].plans',
  ],
  [
    'a promotion without a value',
    (f) => delete f.promotions[0].percentOff,
    'error field.invalid promotions[0]',
  ],
  [
    'more than all off',
    (f) => (f.promotions[0].percentOff = '100.01'),
    'error field.invalid promotions[0].percentOff',
  ],
  [
    'an amount off in a foreign currency',
    (f) => Object.assign(f.promotions[0], { percentOff: undefined, amountOff: { EUR: '5.00' } }),
    'error currency.unsold promotions[0].amountOff',
  ],
  [
    'a promotion over before it begins',
    (f) => (f.promotions[0].to = '2027-01-01'),
    'error field.invalid promotions[0].to',
  ],
  [
    'a discount over before it begins',
    (f) => (f.promotions[0].lasts = { until: '2026-12-31' }),
    'error promotion.contradictory promotions[0].lasts.until',
  ],
  [
    'a code twice',
    (f) => f.promotions.push({ ...structuredClone(f.promotions[0]), id: 'other' }),
    'error coupon.code_repeated promotions[1].coupon.code',
  ],
  [
    'an agreement on an unknown charge',
    (f) => (f.agreements[0].charge = 'entry'),
    'error charge.unknown agreements[0].charge',
  ],
  [
    'an agreement on an unknown plan',
    (f) =>
      Object.assign(f.agreements[0], {
        charge: undefined,
        plan: 'x',
        prices: undefined,
        percentOff: '5',
      }),
    'error plan.unknown agreements[0].plan',
  ],
  [
    'an agreement with two aims',
    (f) => (f.agreements[0].plan = 'teacher'),
    'error field.invalid agreements[0].plan',
  ],
  [
    'an agreed price that cannot price the charge',
    (f) => (f.agreements[0].prices.RUB = { model: 'percentage', percent: '1' }),
    'error price.contradictory agreements[0].prices.RUB.model',
  ],
  [
    'a payer by name',
    (f) => (f.agreements[0].payer = 'ivanov@example.com'),
    'error field.invalid agreements[0].payer',
  ],
  [
    'a wallet that gives less than is paid',
    (f) => (f.wallets[0].topUps[0].get = '4999.99'),
    'error field.invalid wallets[0].topUps[0].get',
  ],
  [
    'a wallet in a foreign currency',
    (f) => (f.wallets[0].currency = 'EUR'),
    'error currency.unsold wallets[0].currency',
  ],
  [
    'a meter of nothing',
    (f) => delete f.meters[0].property,
    'error field.invalid meters[0].property',
  ],
  [
    'a count of something',
    (f) => (f.meters[1].property = 'x'),
    'error field.invalid meters[1].property',
  ],
  [
    'a time weight without a unit',
    (f) => (f.meters[0].aggregation = 'time_weighted'),
    'error field.invalid meters[0].per',
  ],
  [
    'an INN with a wrong digit',
    (f) => (f.sellers[0].inn = '9900000018'),
    'error field.invalid sellers[0].inn',
  ],
  [
    'a person’s INN of an organisation',
    (f) => (f.sellers[0].inn = '990000000299'),
    'error seller.contradictory sellers[0].inn',
  ],
  [
    'an account of another bank',
    (f) => (f.sellers[0].bankAccounts[0].account = '40702810938000000002'),
    'error field.invalid sellers[0].bankAccounts[0].account',
  ],
  [
    'an unknown zone',
    (f) => (f.sellers[0].zone = 'Europe/Msk'),
    'error field.invalid sellers[0].zone',
  ],
  [
    'numbers that repeat each year',
    (f) => (f.sellers[0].numbering[0].pattern = '{number}'),
    'error numbering.invalid sellers[0].numbering[0].pattern',
  ],
  [
    'digits of a year and a number that run together',
    (f) => (f.sellers[0].numbering[0].pattern = '{year}{number}'),
    'error numbering.invalid sellers[0].numbering[0].pattern',
  ],
  [
    'a series with a long name',
    (f) => (f.sellers[0].numbering[0].id = 'S'.repeat(21)),
    'error numbering.invalid sellers[0].numbering[0].id',
  ],
  [
    'numbers without a number',
    (f) => (f.sellers[0].numbering[1].pattern = '{series}'),
    'error numbering.invalid sellers[0].numbering[1].pattern',
  ],
  [
    'two series with the same numbers',
    (f) => Object.assign(f.sellers[0].numbering[1], { pattern: 'S-{year}-{number:6}' }),
    'error numbering.ambiguous sellers[0].numbering[1].pattern',
  ],
  [
    'a document with two series',
    (f) => f.sellers[0].numbering[1].documents.push('invoice'),
    'error numbering.ambiguous sellers[0].numbering[1].documents[2]',
  ],
];

describe('a catalogue is refused for', () => {
  it.each(CONTRADICTIONS)('%s', (_what, change, expected) => {
    const issues = issuesAfter(change);
    expect(named(issues)).toContain(expected);
    // A mistake is said where it is, and not at all that follows from it.
    expect(issues.filter(({ severity }) => severity === 'error').length).toBeLessThanOrEqual(4);
    for (const { message } of issues) expect(message.length).toBeGreaterThan(5);
  });
});

describe('a catalogue is doubted for', () => {
  it('a volume price that falls, saying where', () => {
    const volume = (floor: boolean) => (file: AnyFile) => {
      const list = [{ upTo: '100', unitAmount: '10' }, { unitAmount: '8' }];
      chargeOf(file, 'seats').prices.RUB = { model: 'volume', tiers: list, floor };
    };
    const issues = issuesAfter(volume(false));
    expect(named(issues)).toEqual([`warning price.cliff ${CHARGES}[1].prices.RUB.tiers[0].upTo`]);
    expect(said(issues)[0]).toContain('more than 100 cost less than 100 do');
    expect(issuesAfter(volume(true))).toEqual([]);
  });

  it('a flat price that ignores the quantity', () => {
    const issues = issuesAfter((file) => {
      chargeOf(file, 'seats').prices.RUB = { model: 'flat', amount: '100' };
    });
    expect(named(issues)).toEqual([
      `warning price.ignores_quantity ${CHARGES}[1].prices.RUB.model`,
    ]);
  });

  it('two agreements on the same thing on the same days', () => {
    const again = (from: string) => (file: AnyFile) => {
      const second = { ...structuredClone(file.agreements[0]), id: 'second', from, to: undefined };
      file.agreements.unshift(second);
    };
    expect(named(issuesAfter(again('2027-12-31')))).toEqual([
      'warning agreement.overlaps agreements[0]',
    ]);
    expect(issuesAfter(again('2028-01-01'))).toEqual([]);
  });
});
