import type { AwaitSite } from '../instrument/await-sites.ts';

/** Awaits of the payment path's files that no story passes, and why that is right. */
export type Unreached = {
  readonly file: string;
  /** How the expression begins; without it all of the file's. */
  readonly text?: string;
  readonly because: string;
};

const LISTS = 'lists payments for a comparison with the gateway, which is not of the payment path';
const ARCHIVE =
  'the archive is a model here; the call is crashed where `settle-batch.ts` waits for it';
const NETWORK = 'the network itself; every call through it is crashed in `api-call.ts`';
const BATCH =
  'only Adyen may tell several things in one request, and the simulated one tells each apart';
const CERTIFICATE =
  'the simulated shop has PayPal’s certificate in its account and need not download it';
const NUMBERS = 'no function numbers documents yet: the operator API is given no series';
const READS = 'reads for people; nothing comes after it';

export const UNREACHED: readonly Unreached[] = [
  {
    file: 'shared/events/adapters/told-store.ts',
    text: 'readItems',
    because: 'read only when an operator catches up after the stream has lost something',
  },
  {
    file: 'shared/gateways/cloudpayments/api.ts',
    text: "call( account, '/v2/payments/list'",
    because: LISTS,
  },
  {
    file: 'shared/gateways/sber/api.ts',
    text: "call(account, 'getLastOrdersForMerchants.do'",
    because: LISTS,
  },
  { file: 'shared/gateways/stripe/api.ts', text: 'newestFirst', because: LISTS },
  { file: 'shared/gateways/stripe/api.ts', text: 'readParts(account, intent.id', because: LISTS },
  { file: 'shared/gateways/yookassa/api.ts', text: 'get(account, `/payments?', because: LISTS },
  {
    file: 'shared/gateways/common/api-call.ts',
    text: 'response.body?.cancel()',
    because: 'an answer that is too large or not to be read: the connection is let go',
  },
  {
    file: 'shared/gateways/paypal/api.ts',
    text: 'ask(path)',
    because: 'disputes, of which the simulated PayPal has none',
  },
  { file: 'shared/gateways/paypal/certificate.ts', because: CERTIFICATE },
  { file: 'shared/gateways/paypal/signature.ts', text: 'signingCertificate', because: CERTIFICATE },
  {
    file: 'shared/gateways/robokassa/api.ts',
    because: 'refunds, which the simulated Robokassa does not take by its API',
  },
  { file: 'shared/invoices/adapters/invoice-store.ts', text: 'readItems', because: READS },
  {
    file: 'shared/invoices/usecases/create-invoice.ts',
    text: 'createNumbered',
    because: NUMBERS,
  },
  { file: 'shared/invoices/usecases/create-numbered.ts', because: NUMBERS },
  { file: 'shared/invoices/usecases/finalise-documents.ts', because: NUMBERS },
  { file: 'shared/invoices/usecases/prepare-issue.ts', because: NUMBERS },
  { file: 'shared/operator-api/adapters/invoices.ts', text: 'readItems', because: READS },
  { file: 'shared/operator-api/adapters/refused-deliveries.ts', text: 'open', because: READS },
  { file: 'shared/operator-api/usecases/read-inbox.ts', because: READS },
  {
    file: 'shared/platform/sealed-box.ts',
    text: 'client.send( new DecryptCommand',
    because: READS,
  },
  { file: 'shared/payments/adapters/raw-archive.ts', because: ARCHIVE },
  { file: 'shared/platform/outbound/guarded-fetch.ts', because: NETWORK },
  { file: 'shared/webhooks/adapters/webhook-ports.ts', text: 'sendBatch', because: BATCH },
  {
    file: 'shared/webhooks/adapters/webhook-ports.ts',
    text: 'sqs.send( new SendMessageBatchCommand',
    because: BATCH,
  },
  {
    file: 'shared/webhooks/usecases/receive-notification.ts',
    text: 'fresh && gateway.receive',
    because: 'a secret that is changed while a message comes; the secrets of a run stand',
  },
];

export type Accounted = {
  /** Neither met nor explained. */
  readonly unexplained: readonly AwaitSite[];
  readonly explained: readonly (AwaitSite & { readonly because: string })[];
  /** Explanations of awaits that are met, or no longer there. */
  readonly stale: readonly Unreached[];
};

/** Holds the awaits that were not met against the list. */
export function accountFor(
  sites: readonly AwaitSite[],
  met: Readonly<Record<string, number>>,
): Accounted {
  const missed = sites.filter(({ name }) => met[name] === undefined);
  const about = (site: AwaitSite) => UNREACHED.find((one) => isAbout(one, site));
  return {
    unexplained: missed.filter((site) => !about(site)),
    explained: missed.flatMap((site) => {
      const found = about(site);
      return found ? [{ ...site, because: found.because }] : [];
    }),
    stale: UNREACHED.filter((one) => !missed.some((site) => isAbout(one, site))),
  };
}

function isAbout({ file, text = '' }: Unreached, site: AwaitSite): boolean {
  return site.file === file && site.text.startsWith(text);
}
