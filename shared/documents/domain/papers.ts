import { amountInWords } from './amount-in-words.ts';
import type { Language, Paper, PaperFacts, PayerDetails, SellerRequisites } from './paper.ts';
import {
  columnsIn,
  longDate,
  money,
  rowOf,
  shortDate,
  totalOf,
  totalsOf,
  vatByRate,
  vatName,
} from './paper-table.ts';
import { paymentQrText } from './payment-qr.ts';

/** счёт на оплату: what is to be paid, for what, and where. */
export function invoicePaper(facts: PaperFacts, language: Language): Paper {
  const { number, issuedOn, dueOn, seller } = facts;
  const isRussian = language === 'ru';
  const name = isRussian ? `Счёт на оплату № ${number}` : `Invoice No. ${number}`;
  return {
    ...commonParts(facts, language),
    title: titleOf(name, facts, language),
    bank: bankRows(seller, language),
    code: codeOf(facts, language),
    parties: [
      [isRussian ? 'Поставщик' : 'Seller', partyOf(seller, language)],
      [isRussian ? 'Покупатель' : 'Customer', partyOf(facts.payer, language)],
    ],
    notes: [
      ...(dueOn
        ? [isRussian ? `Оплатить до ${longDate(dueOn, 'ru')}` : `Due by ${longDate(dueOn, 'en')}`]
        : []),
      isRussian
        ? `При оплате укажите номер и дату счёта: № ${number} от ${shortDate(issuedOn)}.`
        : `When paying, name the invoice: No. ${number}, ${longDate(issuedOn, 'en')}.`,
    ],
    signatures: [
      {
        role: seller.director?.post ?? (isRussian ? 'Руководитель' : 'Director'),
        name: seller.director?.name ?? '',
      },
      { role: isRussian ? 'Бухгалтер' : 'Accountant', name: seller.accountant ?? '' },
    ],
  };
}

/** акт: that the services were rendered and nobody complains. */
export function actPaper(facts: PaperFacts, language: Language): Paper {
  const { number, seller, payer } = facts;
  const isRussian = language === 'ru';
  const name = isRussian
    ? `Акт об оказании услуг № ${number}`
    : `Certificate of services No. ${number}`;
  return {
    ...commonParts(facts, language),
    title: titleOf(name, facts, language),
    bank: [],
    code: undefined,
    parties: [
      [isRussian ? 'Исполнитель' : 'Contractor', partyOf(seller, language)],
      [isRussian ? 'Заказчик' : 'Customer', partyOf(payer, language)],
    ],
    notes: [
      isRussian
        ? 'Вышеперечисленные услуги оказаны полностью и в срок. Заказчик претензий по объёму, качеству и срокам оказания услуг не имеет.'
        : 'The services above were rendered in full and on time. The customer has no claims as to their volume, quality or timing.',
    ],
    signatures: [
      {
        role: isRussian ? 'Исполнитель' : 'Contractor',
        name: seller.director?.name ?? seller.name,
      },
      { role: isRussian ? 'Заказчик' : 'Customer', name: payer.name },
    ],
  };
}

function titleOf(name: string, { issuedOn }: PaperFacts, language: Language): string {
  const day = longDate(issuedOn, language);
  return language === 'ru' ? `${name} от ${day}` : `${name} of ${day}`;
}

/** The table, its totals, and the sum in words. */
function commonParts({ number, currency, lines, issuedAt }: PaperFacts, language: Language) {
  const total = totalOf(lines);
  const sum = `${money(total, currency, language)} ${currency}`;
  const isRussian = language === 'ru';
  return {
    language,
    columns: columnsIn(language),
    rows: lines.map((line, index) => rowOf(line, index, currency, language)),
    totals: totalsOf(lines, currency, language),
    summary: isRussian
      ? `Всего наименований ${lines.length}, на сумму ${sum}`
      : `Items: ${lines.length}, total ${sum}`,
    words: isRussian ? amountInWords(total, currency) : undefined,
    pageOf: (page: number, pages: number) =>
      isRussian
        ? `№ ${number}, страница ${page} из ${pages}`
        : `No. ${number}, page ${page} of ${pages}`,
    createdAt: issuedAt,
  };
}

/** Names of Russian registers, as each language writes them. */
const REGISTERS = {
  ru: { inn: 'ИНН', kpp: 'КПП', ogrn: 'ОГРН', phone: 'тел.' },
  en: { inn: 'INN', kpp: 'KPP', ogrn: 'OGRN', phone: 'tel.' },
} as const;

function partyOf(party: SellerRequisites | PayerDetails, language: Language): string {
  const { name, inn, kpp, address } = party;
  const names = REGISTERS[language];
  return [
    name,
    inn === undefined ? '' : `${names.inn} ${inn}`,
    kpp === undefined ? '' : `${names.kpp} ${kpp}`,
    'ogrn' in party && party.ogrn !== undefined ? `${names.ogrn} ${party.ogrn}` : '',
    address ?? '',
    'phone' in party && party.phone !== undefined ? `${names.phone} ${party.phone}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function bankRows({ name, inn, kpp, bank }: SellerRequisites, language: Language): Paper['bank'] {
  const isRussian = language === 'ru';
  return [
    [isRussian ? 'Банк получателя' : 'Bank', bank.name],
    [isRussian ? 'БИК' : 'BIC', bank.bic],
    ...(bank.correspondentAccount === undefined
      ? []
      : ([[isRussian ? 'Корр. счёт' : 'Corr. account', bank.correspondentAccount]] as const)),
    [isRussian ? 'Получатель' : 'Payee', name],
    [isRussian ? 'ИНН / КПП' : 'INN / KPP', kpp === undefined ? inn : `${inn} / ${kpp}`],
    [isRussian ? 'Расчётный счёт' : 'Account', bank.account],
  ];
}

/** Russian banks read codes of roubles only, and a paid invoice asks for nothing. */
function codeOf(facts: PaperFacts, language: Language): Paper['code'] {
  const { seller, currency, due } = facts;
  if (currency !== 'RUB' || due <= 0n) return undefined;
  const text = paymentQrText({
    name: seller.name,
    account: seller.bank.account,
    bankName: seller.bank.name,
    bic: seller.bank.bic,
    correspondentAccount: seller.bank.correspondentAccount,
    kopecks: due,
    purpose: purposeOf(facts),
    inn: seller.inn,
    kpp: seller.kpp,
  });
  return { text, caption: language === 'ru' ? 'Оплата по QR-коду' : 'Scan to pay' };
}

/** The words by which the payment is found again come first: banks cut what is too long. */
function purposeOf({ number, issuedOn, lines, due, currency }: PaperFacts): string {
  const name = `Оплата по счёту № ${number} от ${shortDate(issuedOn)}`;
  if (due !== totalOf(lines)) return `${name}, остаток`;
  const vats = vatByRate(lines).filter(([code]) => code !== 'none');
  if (vats.length === 0) return `${name}. НДС не облагается`;
  const texts = vats.map(
    ([code, vat]) => `НДС ${vatName(code, 'ru')} ${money(vat, currency, 'ru')}`,
  );
  return `${name}. В т.ч. ${texts.join(', ')}`;
}
