import type { WireRequest } from '#local/acquirers/dialect.ts';
import type { RunParts } from '../simulation.ts';
import type { PlannedPayment, Story } from '../world/story.ts';

/** What else happens beside a story, and must not change it. */
export type Errand = (parts: RunParts, story: Story) => void;

const TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;
const PAUSE_MS = 1_000;
const BODY_LIMIT_BYTES = 192 * 1024;

/** Requests that nobody signed, to wrong addresses, too large: each is refused and kept for an operator. */
export const forgedRequests: Errand = ({ runtime, scheduler, acquirers, receive }, story) => {
  const [payment] = story.payments;
  const [notification] = payment ? acquirers.notificationsOf(payment) : [];
  if (!payment || !notification) throw new Error('a story on the wire has a notification');
  const honest = acquirers.request(notification, 1);
  const tries: [string, WireRequest, PlannedPayment][] = [
    ['changed body', { ...honest, body: honest.body.replace(/\d/, '9') }, payment],
    ['unreadable body', { ...honest, body: '?' }, payment],
    ['unknown address', { ...honest, kind: 'nothing' }, payment],
    ['unknown seller', honest, { ...payment, seller: 'nobody' }],
    ['large body', { ...honest, body: ' '.repeat(BODY_LIMIT_BYTES + 1) }, payment],
  ];
  for (const [at, [subject, request, about]] of tries.entries()) {
    const call = { fn: 'receive', subject, timeoutMs: TIMEOUT_MS };
    scheduler.schedule(story.startMs + at * PAUSE_MS, () => {
      void runtime.invoke(call, () => receive(about, request, scheduler.now()));
    });
  }
};

/** A link is made for what is due. It moves no money, and begins at the gateway. */
export const makeLink: Errand = (
  { runtime, scheduler, product },
  { startMs, payments, invoices },
) => {
  const [payment] = payments;
  const [invoice] = invoices;
  if (!payment || !invoice) throw new Error('a link is for an invoice');
  const path = `/v1/invoices/${invoice.seller}/${invoice.invoiceId}/links`;
  const body = { gateway: payment.gateway.name, returnUrl: 'https://shop.example/paid' };
  const call = { fn: 'operate', subject: 'make link', timeoutMs: TIMEOUT_MS };
  scheduler.schedule(startMs - PAUSE_MS, () => {
    void runtime.invoke(call, () => product.operate({ method: 'POST', path, body }));
  });
};

/** Somebody reads everything there is of a payment. */
export const lookAround: Errand = ({ runtime, scheduler, product }, story) => {
  const [payment] = story.payments;
  const [invoice] = story.invoices;
  if (!payment || !invoice) throw new Error('somebody looks at a payment and its invoice');
  const { seller, gateway, paymentId } = payment;
  const requests = [
    { method: 'GET', path: `/v1/payments/${seller}/${gateway.name}/${paymentId}` },
    { method: 'GET', path: `/v1/invoices/${seller}/${invoice.invoiceId}` },
    { method: 'GET', path: '/v1/invoices', query: `seller=${seller}` },
    { method: 'GET', path: '/v1/inbox', query: `seller=${seller}` },
    { method: 'GET', path: `/v1/payers/${seller}/${invoice.payerId}/balance` },
    { method: 'GET', path: `/v1/payers/${seller}/${invoice.payerId}/statement` },
    { method: 'GET', path: '/v1/rejected-deliveries', query: 'raw=true' },
  ] as const;
  for (const [at, request] of requests.entries()) {
    const call = { fn: 'operate', subject: `look ${request.path}`, timeoutMs: TIMEOUT_MS };
    scheduler.schedule(story.startMs + DAY_MS + at * PAUSE_MS, () => {
      void runtime.invoke(call, () => product.operate(request));
    });
  }
};
