import { faultOfSeries } from '#shared/invoices/domain/document-number.ts';
import { fault, type Issue, type Path } from './issue.ts';
import type { NumberSeries, Seller } from './seller.ts';

const INN_CHARS = { organisation: 10, entrepreneur: 12 } as const;
const OGRN_CHARS = { organisation: 13, entrepreneur: 15 } as const;

export function checkSellers(sellers: readonly Seller[]): readonly Issue[] {
  return sellers.flatMap((seller, at) => [
    ...checkForm(seller, ['sellers', at]),
    ...checkNumbering(seller, ['sellers', at, 'numbering']),
  ]);
}

/** An entrepreneur is a person: its INN and OGRNIP are longer, and it has no KPP. */
function checkForm({ kind, inn, ogrn, kpp }: Seller, path: Path): Issue[] {
  const issues: Issue[] = [];
  const report = (field: string, message: string) =>
    issues.push(fault('seller.contradictory', [...path, field], message));
  if (inn.length !== INN_CHARS[kind]) {
    report('inn', `an ${kind} has an INN of ${INN_CHARS[kind]} digits`);
  }
  if (ogrn.length !== OGRN_CHARS[kind]) {
    report('ogrn', `an ${kind} has an OGRN of ${OGRN_CHARS[kind]} digits`);
  }
  if (kind === 'organisation' && kpp === undefined)
    report('kpp', 'is missing: an organisation has one');
  if (kind === 'entrepreneur' && kpp !== undefined) report('kpp', 'an entrepreneur has no KPP');
  return issues;
}

function checkNumbering({ numbering }: Seller, path: Path): Issue[] {
  const owners = new Map<string, number>();
  const texts = new Map<string, number>();
  return numbering.flatMap((series, at) => {
    const issues = checkSeries(series, [...path, at]);
    // The same text of two series would give one number to two documents.
    const text = series.pattern.replaceAll('{series}', series.series);
    const twin = texts.get(text);
    if (twin !== undefined) {
      const message = `gives the same numbers as series ${twin + 1}`;
      issues.push(fault('numbering.ambiguous', [...path, at, 'pattern'], message));
    }
    texts.set(text, at);
    series.documents.forEach((kind, index) => {
      const owner = owners.get(kind);
      if (owner !== undefined) {
        const message = `"${kind}" is numbered by series ${owner + 1} already`;
        issues.push(fault('numbering.ambiguous', [...path, at, 'documents', index], message));
      }
      owners.set(kind, at);
    });
    return issues;
  });
}

/** What numbers documents says what it can number. */
function checkSeries(series: NumberSeries, path: Path): Issue[] {
  const said = faultOfSeries(series);
  if (said === undefined) return [];
  const field = said.startsWith('series:') ? 'id' : 'pattern';
  return [fault('numbering.invalid', [...path, field], said.slice(said.indexOf(':') + 2))];
}
