import * as z from 'zod';
import type { Catalogue } from '../domain/catalogue.ts';
import { fault, type Issue, type Path } from '../domain/issue.ts';
import { agreement, meter, product, wallet } from './offers.ts';
import { plan } from './plan.ts';
import { promotion } from './promotion.ts';
import { seller } from './seller.ts';

/** What the file says of itself, so that another format can be told from a mistake. */
const FORMAT = 'priliv/1';
const LIST_MAX = 50_000;
const ISSUES_MAX = 200;

function section<Entry extends z.ZodType>(entry: Entry) {
  return z.array(entry).max(LIST_MAX).default([]);
}

/** The schema of each section: what one entry of it looks like. */
export const SECTIONS = {
  sellers: seller,
  products: product,
  meters: meter,
  plans: plan,
  promotions: promotion,
  agreements: agreement,
  wallets: wallet,
} as const;
export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[]; // Of a constant.

const catalogueFile = z.strictObject({
  catalogue: z.literal(FORMAT, `must be "${FORMAT}"`),
  sellers: section(seller),
  products: section(product),
  meters: section(meter),
  plans: section(plan),
  promotions: section(promotion),
  agreements: section(agreement),
  wallets: section(wallet),
});

/** A catalogue as a file has it: texts in major units, nothing that JSON lacks. */
export type CatalogueFile = z.input<typeof catalogueFile>;

export type CatalogueReading =
  | { readonly catalogue: Catalogue }
  | { readonly issues: readonly Issue[] };

/** Reads what YAML or JSON held. Everything that is wrong is said at once. */
export function readCatalogue(value: unknown): CatalogueReading {
  const read = catalogueFile.safeParse(value, { error: plainWords });
  if (!read.success) return { issues: read.error.issues.flatMap(issuesOf).slice(0, ISSUES_MAX) };
  const { catalogue: _, ...catalogue } = read.data;
  return { catalogue };
}

/** Writes a catalogue as a file that reads as the same catalogue. */
export function catalogueToFile(catalogue: Catalogue): CatalogueFile {
  return z.encode(catalogueFile, {
    catalogue: FORMAT,
    sellers: [...catalogue.sellers],
    products: [...catalogue.products],
    meters: [...catalogue.meters],
    plans: [...catalogue.plans],
    promotions: [...catalogue.promotions],
    agreements: [...catalogue.agreements],
    wallets: [...catalogue.wallets],
  });
}

function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is missing' : typeWords(issue);
  if (issue.code === 'invalid_value') {
    if (issue.input === undefined) return 'is missing';
    return `must be one of ${issue.values.map((value) => `"${String(value)}"`).join(', ')}`;
  }
  if (issue.code === 'invalid_union') {
    return issue.input === undefined ? 'is missing' : 'has none of the forms that it may have';
  }
  if (issue.code === 'too_big' && issue.origin === 'array')
    return `holds more than ${issue.maximum}`;
  return undefined;
}

function typeWords({ expected }: z.core.$ZodRawIssue & { readonly expected?: unknown }): string {
  switch (expected) {
    case 'object':
    case 'record':
      return 'must be fields with values';
    case 'array':
      return 'must be a list';
    default:
      return `must be a text`;
  }
}

function issuesOf(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => fault('field.unknown', [...path, key], 'is not a field here'));
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return [modelIssue([...path], issue.discriminator)];
  }
  return [fault('field.invalid', path, issue.message)];
}

function modelIssue(path: Path, discriminator: string): Issue {
  const at = path.at(-1) === discriminator ? path : [...path, discriminator];
  const models = '"flat", "per_unit", "graduated", "volume", "package", "percentage"';
  return fault('field.invalid', at, `must be one of ${models}`);
}
