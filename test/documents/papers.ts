import type { PaperFacts, SellerRequisites } from '#shared/documents/domain/paper.ts';
import type { InvoiceLine } from '#shared/invoices/domain/invoice.ts';
import { localDate } from '#shared/kernel/local-date.ts';
import { NOON } from '#test/payments/builders.ts';

export const SELLER: SellerRequisites = {
  name: 'ООО «Онлайн-школа „Прилив“»',
  inn: '7707083893',
  kpp: '770701001',
  ogrn: '1027700132195',
  address: '117312, г. Москва, ул. Вавилова, д. 19',
  bank: {
    name: 'ПАО СБЕРБАНК г. Москва',
    bic: '044525225',
    account: '40702810900000000001',
    correspondentAccount: '30101810400000000225',
  },
  director: { post: 'Генеральный директор', name: 'Иванова А. П.' },
  accountant: 'Петрова Н. И.',
};

export const LINE: InvoiceLine = {
  title: 'Подписка «Школа»',
  titleEn: 'School subscription',
  amount: 122_000n,
  vatCode: '22',
  vat: 22_000n,
  quantity: '2',
  days: { start: localDate(2026, 11, 1), end: localDate(2026, 12, 1) },
};

export function facts(overrides: Partial<PaperFacts> = {}): PaperFacts {
  const lines = overrides.lines ?? [LINE];
  return {
    number: 'A-2026-000041',
    issuedOn: localDate(2026, 11, 22),
    dueOn: localDate(2026, 12, 1),
    currency: 'RUB',
    lines,
    due: lines.reduce((sum, { amount }) => sum + amount, 0n),
    seller: SELLER,
    payer: { name: 'payer_00000001' },
    issuedAt: NOON,
    ...overrides,
  };
}

export function manyLines(count: number): InvoiceLine[] {
  return Array.from({ length: count }, (_, index) => ({
    ...LINE,
    title: `Занятие ${index + 1}${index % 4 === 0 ? ` ${'с очень длинным названием '.repeat(4)}` : ''}`,
  }));
}
