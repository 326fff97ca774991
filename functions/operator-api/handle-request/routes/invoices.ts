import type { PaymentLink } from '#shared/gateways/gateway.ts';
import type { InvoiceRequest } from '#shared/invoices/domain/issue-invoice.ts';
import { MAX_MINOR } from '#shared/kernel/money.ts';
import {
  createInvoiceOperation,
  createLinkOperation,
  listInvoicesOperation,
  readInvoiceOperation,
} from '#shared/operator-api/contracts/invoices.ts';
import { isRejection, type Rejection, reject } from '#shared/operator-api/contracts/problem.ts';
import type { OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { createLink } from '#shared/operator-api/usecases/create-link.ts';
import { listInvoices } from '#shared/operator-api/usecases/list-invoices.ts';
import { nextCursorOf, pageRequest } from '../paging.ts';
import { invalid } from '../problems.ts';
import { answer, route } from '../route.ts';
import type { Asked } from '../serve.ts';
import { invoiceSummaryView, invoiceView } from '../views/invoice-view.ts';

export function invoiceRoutes(ports: OperatorApiPorts) {
  return [
    route(createInvoiceOperation, async (asked) => {
      const wanted = newInvoiceOf(ports, asked);
      if (isRejection(wanted)) return wanted;
      const { outcome, invoice } = await ports.invoices.create(wanted);
      if (outcome === 'conflict') return reject('invoice.content_differs');
      const view = invoiceView(invoice, await ports.invoices.lines(invoice));
      return answer(outcome === 'created' ? 201 : 200, view);
    }),

    route(readInvoiceOperation, async ({ params: { seller, id } }) => {
      const ref = { seller, invoiceId: id };
      const [invoice, lines] = await Promise.all([
        ports.invoices.read(ref),
        ports.invoices.lines(ref),
      ]);
      return invoice ? answer(200, invoiceView(invoice, lines)) : reject('invoice.not_found');
    }),

    route(listInvoicesOperation, async ({ query }) => {
      const { seller, status } = query;
      const scope = { listing: 'invoices', filters: [seller, status ?? ''] };
      const page = pageRequest(scope, query);
      if (isRejection(page)) return page;
      const { rows, next } = await listInvoices(ports.invoices, { seller, status }, page);
      const invoices = rows.map(invoiceSummaryView);
      return answer(200, { invoices, ...nextCursorOf(scope, next) });
    }),

    route(createLinkOperation, async ({ params: { seller, id }, body }) => {
      const link = await createLink(ports, { seller, invoiceId: id }, body);
      return isRejection(link) ? link : answer(201, linkView(link));
    }),
  ];
}

type CreateAsked = Asked<typeof createInvoiceOperation>;

function newInvoiceOf(
  ports: Pick<OperatorApiPorts, 'digest' | 'newInvoiceId'>,
  { body, headers }: CreateAsked,
): InvoiceRequest | Rejection {
  const { seller, payerId, currency } = body;
  const total = body.lines.reduce((sum, { amount }) => sum + amount, 0n);
  if (total > MAX_MINOR) {
    const message = `must sum to at most ${MAX_MINOR}`;
    return invalid('request.invalid', [{ in: 'body', path: '/lines', message }]);
  }
  const lines = body.lines.map(({ title, amount, vat }) => ({ title, amount, vatCode: vat }));
  const key = headers['idempotency-key'];
  const named = key === undefined ? ports.newInvoiceId() : ports.digest(`invoice ${seller} ${key}`);
  return { seller, invoiceId: body.id ?? named, payerId, currency, lines };
}

function linkView({ url, paymentId, expiresAt }: PaymentLink) {
  return {
    url,
    ...(paymentId !== undefined && { paymentId }),
    ...(expiresAt && { expiresAt }),
  };
}
