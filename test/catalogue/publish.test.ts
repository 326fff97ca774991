import {
  BatchWriteItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createCatalogueStore } from '#shared/catalogue/adapters/catalogue-store.ts';
import { everyAgreement } from '#shared/catalogue/domain/catalogue.ts';
import { changeWords } from '#shared/catalogue/domain/change-words.ts';
import { hasWords } from '#shared/catalogue/domain/field-words.ts';
import { createApplyCatalogue } from '#shared/catalogue/usecases/apply-catalogue.ts';
import { createLoadPlans } from '#shared/catalogue/usecases/load-plans.ts';
import type { Clock } from '#shared/kernel/time.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import type { Table } from '#shared/platform/table.ts';
import {
  type AnyFile,
  BEFORE,
  catalogueTable,
  catalogueWith,
  exampleCatalogue,
  exampleFile,
  named,
} from './builders.ts';

const LATER: Clock = () => instantFromMs(Date.parse('2027-03-10T12:00:00.000Z'));

async function published(clock?: Clock) {
  const { table, clock: before } = await catalogueTable(BEFORE);
  const apply = createApplyCatalogue({ store: createCatalogueStore(table), clock: before });
  expect(await apply(exampleCatalogue())).toMatchObject({ outcome: 'published', revision: 1 });
  const store = createCatalogueStore(table);
  return { table, store, apply: createApplyCatalogue({ store, clock: clock ?? before }) };
}

function secondVersion(file: AnyFile, overrides: object = {}): void {
  const first = structuredClone(file.plans[1].versions[0]);
  first.charges[0].prices.RUB.amount = '2490.00';
  file.plans[1].versions.push({ ...first, version: 2, from: '2027-06-01', ...overrides });
}

/** Lets the n-th write fail: before it is done, or after, when only the answer is lost. */
function failingAt(table: Table, write: number, when: 'before' | 'after'): Table {
  let writes = 0;
  const isWrite = (command: unknown) =>
    command instanceof BatchWriteItemCommand || command instanceof TransactWriteItemsCommand;
  const send = async (command: never): Promise<unknown> => {
    const isDue = isWrite(command) && ++writes === write;
    if (isDue && when === 'before') throw new Error('the function stopped');
    const answer = await table.client.send(command);
    if (isDue) throw new Error('the answer was lost');
    return answer;
  };
  return { name: table.name, client: { send } as unknown as Table['client'] };
}

/** More than fit into one transaction, or into a few. */
function manyAgreements(count: number) {
  return catalogueWith((file) => {
    file.agreements = Array.from({ length: count }, (_, at) => ({
      ...file.agreements[0],
      id: `agreement-${at}`,
      payer: `payer_${String(at).padStart(8, '0')}`,
    }));
  });
}

describe('publishing a catalogue', () => {
  it('gives back what was published', async () => {
    const { store } = await published();
    const { revision, live, ended } = await store.read();
    expect(revision).toBe(1);
    expect(live).toEqual(exampleCatalogue());
    expect(Object.values(ended).flat()).toEqual([]);
    expect([...(await createLoadPlans(store)()).keys()]).toEqual(['web-course@1', 'teacher@1']);
  });

  it('does nothing for the same content, however it is spelled and whatever is expected', async () => {
    const { apply, store } = await published();
    const respelled = catalogueWith((file) => {
      file.plans[0].versions[0].charges[0].prices.RUB.amount = '10000';
    });
    expect(await apply(respelled, { expectedRevision: 0 })).toMatchObject({
      outcome: 'unchanged',
      revision: 1,
    });
    expect((await store.read()).revision).toBe(1);
  });

  it('is refused over another revision than the expected one', async () => {
    const { apply, store } = await published();
    const draft = catalogueWith((file) => secondVersion(file));
    expect(await apply(draft, { expectedRevision: 0 })).toEqual({ outcome: 'stale', revision: 1 });
    expect(await apply(draft, { expectedRevision: 1 })).toMatchObject({
      outcome: 'published',
      revision: 2,
    });
    expect((await store.read()).live).toEqual(draft);
    expect((await store.read(1)).live).toEqual(exampleCatalogue());
  });

  it('lets one of many at the same time win', async () => {
    const { table } = await published();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, at) => {
        const apply = createApplyCatalogue({
          store: createCatalogueStore(table),
          clock: () => BEFORE as never,
        });
        return apply(catalogueWith((file) => secondVersion(file, { title: `Teacher ${at}` })));
      }),
    );
    const won = outcomes.filter(({ outcome }) => outcome === 'published');
    expect(won.length).toBe(1);
    expect(
      outcomes.filter(({ outcome }) => outcome === 'stale' || outcome === 'refused').length,
    ).toBe(19);
  });

  it('keeps an ended plan and what it refers to for those who have it, and can resume it', async () => {
    const { apply, store } = await published();
    const without = catalogueWith((file) => {
      file.plans.splice(0, 1);
      file.products.splice(0, 1);
    });
    expect(await apply(without)).toMatchObject({
      outcome: 'published',
      changes: [
        { section: 'products', id: 'course', kind: 'ended' },
        { section: 'plans', id: 'web-course', kind: 'ended' },
      ],
    });
    const { live, ended } = await store.read();
    expect(live.plans.map(({ planId }) => planId)).toEqual(['teacher']);
    expect(ended.plans).toEqual([exampleCatalogue().plans[0]]);
    expect([...(await createLoadPlans(store)()).keys()].sort()).toEqual([
      'teacher@1',
      'web-course@1',
    ]);

    expect(await apply(exampleCatalogue())).toMatchObject({
      outcome: 'published',
      changes: [{ kind: 'resumed' }, { kind: 'resumed' }],
    });
    expect((await store.read()).ended.plans).toEqual([]);
  });
});

describe('a published version', () => {
  const CHANGES: readonly (readonly [string, (file: AnyFile) => void, string])[] = [
    [
      'a price',
      (f) => (f.plans[0].versions[0].charges[0].prices.RUB.amount = '9999.99'),
      'error version.published plans[0].versions[0]',
    ],
    [
      'its terms',
      (f) => (f.plans[1].versions[0].trialDays = 15),
      'error version.published plans[1].versions[0]',
    ],
    [
      'its product',
      (f) => (f.plans[0].product = 'platform'),
      'error version.published plans[0].versions[0]',
    ],
    [
      'its first day',
      (f) => (f.plans[0].versions[0].from = '2027-01-12'),
      'error version.published plans[0].versions[0]',
    ],
    [
      'how its meter counts',
      (f) => (f.meters[0].aggregation = 'sum'),
      'error meter.published meters[0].aggregation',
    ],
  ];

  it.each(CHANGES)('never changes %s', async (_what, change, expected) => {
    const { apply, store } = await published();
    const answer = await apply(catalogueWith(change));
    expect(answer.outcome === 'refused' && named(answer.issues)).toEqual([expected]);
    expect((await store.read()).live).toEqual(exampleCatalogue());
  });

  it('never changes after its plan has ended either', async () => {
    const { apply } = await published();
    await apply(catalogueWith((file) => file.plans.splice(0, 1)));
    const answer = await apply(
      catalogueWith((file) => {
        file.plans[0].versions[0].charges[0].prices.RUB.amount = '1.00';
      }),
    );
    expect(answer.outcome === 'refused' && named(answer.issues)).toEqual([
      'error version.published plans[0].versions[0]',
    ]);
  });

  it('stays in the list of its plan', async () => {
    const { apply } = await published();
    await apply(catalogueWith((file) => secondVersion(file)));
    const answer = await apply(exampleCatalogue());
    expect(answer.outcome === 'refused' && named(answer.issues)).toEqual([
      'error version.missing plans[1].versions',
    ]);
  });
});

describe('a past day', () => {
  it('is refused for a new version, by the calendar of the seller, unless it is allowed', async () => {
    const { table } = await catalogueTable();
    // 21:30 UTC on 31 December is 1 January in Moscow: the plan of 1 January is not late.
    const at = (text: string) =>
      createApplyCatalogue({ store: createCatalogueStore(table), clock: () => text as never });
    const draft = exampleCatalogue();
    const inTime = await at('2027-01-01T20:59:59.000Z')(draft, { isDryRun: true });
    expect(inTime).toMatchObject({ outcome: 'would_publish', warnings: [] });
    const late = await at('2027-01-01T21:00:00.000Z')(draft);
    expect(late.outcome === 'refused' && named(late.issues)).toEqual([
      'error version.in_the_past plans[1].versions[0].from',
      'warning terms.reach_back agreements[0]',
    ]);
    const allowed = await at('2027-01-01T21:00:00.000Z')(draft, { pastDates: 'warn' });
    expect(allowed).toMatchObject({ outcome: 'published' });
  });

  it('is no reason to refuse a version that is published', async () => {
    const { apply } = await published(LATER);
    const draft = catalogueWith((file) => secondVersion(file));
    expect(await apply(draft)).toMatchObject({ outcome: 'published', warnings: [] });
  });

  it('is pointed at where changed terms reach back to it', async () => {
    const { apply } = await published(LATER);
    const draft = catalogueWith((file) => {
      file.agreements[0].prices.RUB.amount = '1400.00';
      file.promotions[0].percentOff = '25';
    });
    const answer = await apply(draft);
    expect(answer.outcome === 'published' && named(answer.warnings)).toEqual([
      'warning terms.reach_back agreements[0]',
      'warning terms.reach_back promotions[0]',
    ]);
  });

  it('has not come for an agreement that may be dropped before it begins', async () => {
    const { apply, store } = await published();
    await apply(
      catalogueWith((file) => {
        file.agreements = [];
      }),
    );
    expect(everyAgreement(await store.read())).toEqual([]);
  });

  it('is when an agreement must have ended that is dropped, and past bills keep it', async () => {
    const { apply, store } = await published(LATER);
    const dropped = catalogueWith((file) => {
      file.agreements = [];
    });
    const answer = await apply(dropped);
    expect(answer.outcome === 'refused' && named(answer.issues)).toEqual([
      'error agreement.missing agreements',
    ]);
    await apply(catalogueWith((file) => (file.agreements[0].to = '2027-03-10')));
    expect(await apply(dropped)).toMatchObject({ outcome: 'published' });
    expect(everyAgreement(await store.read()).map(({ agreementId }) => agreementId)).toEqual([
      'lyceum-7',
    ]);
  });
});

describe('a catalogue of some hundred items', () => {
  it('is published and read whole', async () => {
    const { table, clock } = await catalogueTable();
    const store = createCatalogueStore(table);
    const draft = manyAgreements(1500);
    expect(await createApplyCatalogue({ store, clock })(draft)).toMatchObject({
      outcome: 'published',
    });
    expect((await createCatalogueStore(table).read()).live).toEqual(draft);
  });

  it.each(['before', 'after'] as const)(
    'is visible whole or not at all when publishing stops %s any of its writes, and passes when it is repeated',
    async (when) => {
      const draft = manyAgreements(120);
      for (let write = 1; write <= 6; write++) {
        const { table, clock } = await catalogueTable();
        const first = createApplyCatalogue({ store: createCatalogueStore(table), clock });
        await first(exampleCatalogue());
        const failing = createCatalogueStore(failingAt(table, write, when));
        const apply = createApplyCatalogue({ store: failing, clock });
        const isLast = write === 6;
        await expect(apply(draft, { expectedRevision: 1 }).catch(() => 'stopped')).resolves.toBe(
          'stopped',
        );
        const { revision, live } = await createCatalogueStore(table).read();
        const isVisible = isLast && when === 'after';
        expect([revision, live.agreements.length]).toEqual(isVisible ? [2, 120] : [1, 1]);
        const again = createApplyCatalogue({ store: createCatalogueStore(table), clock });
        const answer = await again(draft, { expectedRevision: 1 });
        expect(answer).toMatchObject({
          outcome: isVisible ? 'unchanged' : 'published',
          revision: 2,
        });
        expect((await createCatalogueStore(table).read()).live).toEqual(draft);
      }
    },
  );

  it('is written in several rounds when the table takes only a part', async () => {
    const { table, clock } = await catalogueTable();
    const send = async (command: never): Promise<unknown> => {
      const sent: unknown = command;
      if (!(sent instanceof BatchWriteItemCommand)) return table.client.send(command);
      const items = sent.input.RequestItems!['catalogue']!;
      const taken = items.slice(0, Math.ceil(items.length / 2));
      await table.client.send(new BatchWriteItemCommand({ RequestItems: { catalogue: taken } }));
      return { UnprocessedItems: { catalogue: items.slice(taken.length) } };
    };
    const slow = { name: table.name, client: { send } as unknown as Table['client'] };
    const draft = manyAgreements(60);
    const apply = createApplyCatalogue({ store: createCatalogueStore(slow), clock });
    expect(await apply(draft)).toMatchObject({ outcome: 'published' });
    expect((await createCatalogueStore(table).read()).live).toEqual(draft);
  });

  it('that was changed around the product is not read', async () => {
    const { table } = await published();
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    const item = Items.find(({ content }) => content?.S?.includes('10000.00') ?? false)!;
    const content = { S: item['content']!.S!.replace('10000.00', '1.00') };
    await table.client.send(
      new PutItemCommand({ TableName: table.name, Item: { ...item, content } }),
    );
    await expect(createCatalogueStore(table).read()).rejects.toThrow(
      /was changed around the product/,
    );
  });
});

describe('what publishing would change', () => {
  it('is said field by field, in both languages, and publishes nothing', async () => {
    const { apply, store } = await published();
    const draft = catalogueWith((file) => {
      secondVersion(file);
      file.plans[1].versions[1].charges.splice(1, 1);
      file.sellers[0].graceHours = 48;
      file.promotions = [];
    });
    const answer = await apply(draft, { isDryRun: true });
    const changes = answer.outcome === 'would_publish' ? answer.changes : [];
    expect(changes.flatMap((change) => changeWords(change, 'en'))).toEqual([
      'changed: seller school “ООО «Школа Прилив»”',
      '  grace hours: 24 → 48',
      'new: plan teacher@2 “Teacher”',
      '  charges › access › prices › RUB › amount: 1990.00 → 2490.00',
      expect.stringMatching(/^ {2}charges › seats › .+: .+ → none$/),
      ...Array(changes[1]!.fields.length - 4).fill(expect.stringMatching(/charges › seats/)),
      '  from: 2027-01-01 → 2027-06-01',
      '  version: 1 → 2',
      'ended: promotion start-2027 “A cheaper start”',
    ]);
    expect(changeWords(changes[2]!, 'ru')).toEqual([
      'больше не продаётся или не действует: акция start-2027 «Старт со скидкой»',
    ]);
    expect(changeWords(changes[0]!, 'ru')).toEqual([
      'изменено: продавец school «ООО «Школа Прилив»»',
      '  часов до выставления: 24 → 48',
    ]);
    expect((await store.read()).revision).toBe(1);
  });

  it('has a Russian word for every field of a file', () => {
    const fields = new Set<string>();
    JSON.stringify(exampleFile(), (field, value) => {
      if (/^[a-z]/.test(field)) fields.add(field);
      return value;
    });
    const sections = Object.keys(exampleFile());
    const wordless = [...fields].filter((field) => !hasWords(field) && !sections.includes(field));
    expect(wordless).toEqual([]);
    expect(fields.size).toBeGreaterThan(60);
  });
});
