import * as z from 'zod';
import { textAnswer } from '../common/acknowledge.ts';
import { utf8Body } from '../common/body.ts';
import { buildStatement } from '../common/build-statement.ts';
import { decimalAmount, parseFields, reference } from '../common/fields.ts';
import { type FormField, fieldsByName, formFields } from '../common/form.ts';
import { invoiceIdFromReference, payerIdOrNothing } from '../common/references.ts';
import { refuse } from '../common/refused.ts';
import type { RawRequest, Reception } from '../gateway.ts';
import type { RobokassaAccount } from './account.ts';
import { isMadeNumber } from './invoice-number.ts';
import { isResultSigned, type Shp } from './signature.ts';

/** At most 2^63 - 1. */
export const invId = z
  .string()
  .refine((text) => /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n, 'not a number below 2^63');

const result = z.object({ outsum: z.string(), invid: invId, istest: z.string().optional() });

/** Reads ResultURL. It is called for successful payments only. */
export function readResult(request: RawRequest, account: RobokassaAccount): Reception {
  const text = request.method === 'GET' ? request.query : utf8Body(request.body);
  const { named, shp } = splitFields(formFields(text));
  const signature = named.get('signaturevalue');
  if (!signature) return refuse('signature_missing', 'SignatureValue');
  const told = parseFields(result, Object.fromEntries(named));
  if (!isResultSigned(account, told.outsum, told.invid, shp, signature)) {
    return refuse('signature_mismatch', 'SignatureValue');
  }
  refuseAmbiguous(shp);
  // Not signed, and not needed for trust: a live account holds no password of the test pair.
  if (told.istest === '1' && !account.test) return refuse('test_message', 'IsTest');
  const amount = decimalAmount(told.outsum, account.currency, { field: 'OutSum' });
  const statement = buildStatement({
    seller: account.seller,
    gateway: 'robokassa',
    paymentId: told.invid,
    kind: 'payment.captured',
    lifecycle: 'captured',
    totals: { authorised: amount, captured: amount },
    currency: account.currency,
    ...referencesIn(told.invid, shp),
    test: account.test,
  });
  return {
    outcome: 'statements',
    statements: [statement],
    acknowledgement: textAnswer(200, `OK${told.invid}`),
  };
}

/** Names are written in several ways in the field (`InvID`), but `Shp_` pairs are signed as they came. */
function splitFields(fields: readonly FormField[]) {
  const isShp = ({ name }: FormField) => name.toLowerCase().startsWith('shp_');
  const named = fields
    .filter((field) => !isShp(field))
    .map((field) => ({ ...field, name: field.name.toLowerCase() }));
  const shp: Shp[] = [...fieldsByName(fields.filter(isShp))].map(([name, value]) => ({
    name,
    value,
  }));
  return { named: fieldsByName(named), shp };
}

/** Separators are not escaped under the signature: with one inside, the same text splits in other ways. */
function refuseAmbiguous(shp: readonly Shp[]): void {
  for (const { name, value } of shp) {
    if (/[:=]/.test(name) || value.includes(':')) refuse('field_invalid', 'Shp_');
  }
}

/** The invoice and payer that pass-through parameters name, else the invoice that the number names. */
export function referencesIn(number: string, shp: readonly Shp[]) {
  const byName = new Map(shp.map(({ name, value }) => [name.toLowerCase(), value]));
  const named = byName.get('shp_invoice');
  const order = isMadeNumber(number) ? undefined : number;
  const orderReference = named === undefined ? order : parseFields(reference, named);
  return {
    invoiceId: orderReference === undefined ? undefined : invoiceIdFromReference(orderReference),
    payerId: payerIdOrNothing(byName.get('shp_payer')),
  };
}
