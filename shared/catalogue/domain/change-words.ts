import type { Change, FieldChange } from './change.ts';
import { stepWords } from './field-words.ts';
import type { Title } from './plan.ts';

export type Language = keyof Title;

const SECTION_WORDS: Readonly<Record<string, Title>> = {
  sellers: { ru: 'продавец', en: 'seller' },
  products: { ru: 'продукт', en: 'product' },
  meters: { ru: 'счётчик', en: 'meter' },
  plans: { ru: 'тариф', en: 'plan' },
  promotions: { ru: 'акция', en: 'promotion' },
  agreements: { ru: 'договорённость', en: 'agreement' },
  wallets: { ru: 'кошелёк', en: 'wallet' },
};

/** In Russian a colon avoids agreement in gender: “новое: акция”. */
const KIND_WORDS = {
  new: { ru: 'новое', en: 'new' },
  changed: { ru: 'изменено', en: 'changed' },
  ended: { ru: 'больше не продаётся или не действует', en: 'ended' },
  resumed: { ru: 'возобновлено', en: 'resumed' },
} as const;

const ABSENT = { ru: 'нет', en: 'none' } as const;

/** A change for people: one line that names it, then one for each field. */
export function changeWords(change: Change, language: Language): readonly string[] {
  const { section, id, kind, title, fields } = change;
  const what = SECTION_WORDS[section]?.[language] ?? section;
  const name = title ? ` ${quoted(title[language], language)}` : '';
  const head = `${KIND_WORDS[kind][language]}: ${what} ${id}${name}`;
  return [head, ...fields.map((field) => `  ${fieldWords(field, language)}`)];
}

function fieldWords({ path, before, after }: FieldChange, language: Language): string {
  const absent = ABSENT[language];
  const steps = path.split('.').map((step) => stepWords(step, language));
  return `${steps.join(' › ')}: ${before ?? absent} → ${after ?? absent}`;
}

function quoted(text: string, language: Language): string {
  return language === 'ru' ? `«${text}»` : `“${text}”`;
}
