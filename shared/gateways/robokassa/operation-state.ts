import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';
import { apiUrl, callApi, parseAnswer } from '../common/api-call.ts';
import { formEncode } from '../common/form.ts';
import { GatewayDeclined, type GatewayDeps, GatewayUnavailable } from '../gateway.ts';
import type { RobokassaAccount } from './account.ts';
import { type Shp, sign } from './signature.ts';

/** What OpStateExt tells of one operation. */
export type OperationState = {
  readonly code: string;
  readonly changedAt: string | undefined;
  readonly outSum: string | undefined;
  readonly opKey: string | undefined;
  readonly shp: readonly Shp[];
};

const userFields = z.object({
  Field: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
});

const operationState = z.object({
  OperationStateResponse: z.object({
    Result: z.object({ Code: z.string() }),
    State: z.object({ Code: z.string(), StateDate: z.string().optional() }).optional(),
    Info: z.object({ OutSum: z.string().optional(), OpKey: z.string().optional() }).optional(),
    // Spelled in both ways in the field; an element without children is an empty text.
    UserField: z.union([userFields, z.literal('')]).optional(),
    UserFields: z.union([userFields, z.literal('')]).optional(),
  }),
});

const xml = new XMLParser({
  parseTagValue: false,
  processEntities: false,
  ignoreAttributes: true,
  removeNSPrefix: true,
  isArray: (name) => name === 'Field',
});

/** The service itself failed; the other codes are about the request. */
const SERVICE_ERROR = '1000';

/** Asks the state of an operation by its InvId. Test payments are not known to this call. */
export async function readOperationState(
  account: RobokassaAccount,
  invoiceId: string,
  deps: GatewayDeps,
): Promise<OperationState> {
  const { merchantLogin, passwords2, hash } = account;
  const query = formEncode({
    MerchantLogin: merchantLogin,
    InvoiceID: invoiceId,
    Signature: sign(hash, [merchantLogin, invoiceId, passwords2[0] ?? ''], []),
  });
  const path = `/Merchant/WebService/Service.asmx/OpStateExt?${query}`;
  const { status, text } = await callApi(
    {
      gateway: 'robokassa',
      method: 'GET',
      url: apiUrl(account.apiBaseUrl, path),
      headers: { accept: 'text/xml' },
    },
    deps,
  );
  if (status >= 400) throw new GatewayDeclined(`http_${status}`, 'robokassa declined OpStateExt');
  return stateIn(text);
}

function stateIn(text: string): OperationState {
  const answer = parseAnswer('robokassa', operationState, parsedXml(text)).OperationStateResponse;
  const { Code: code } = answer.Result;
  if (code === SERVICE_ERROR) throw new GatewayUnavailable('robokassa OpStateExt failed inside');
  if (code !== '0') throw new GatewayDeclined(code, 'robokassa declined OpStateExt');
  if (!answer.State) throw new GatewayUnavailable('robokassa answered without a state');
  const fields = answer.UserField || answer.UserFields;
  return {
    code: answer.State.Code,
    changedAt: answer.State.StateDate,
    outSum: answer.Info?.OutSum,
    opKey: answer.Info?.OpKey,
    shp:
      (fields || undefined)?.Field.map(({ Name, Value }) => ({ name: Name, value: Value })) ?? [],
  };
}

function parsedXml(text: string): unknown {
  try {
    return xml.parse(text);
  } catch (error) {
    throw new GatewayUnavailable('robokassa answered no XML', { cause: error });
  }
}
