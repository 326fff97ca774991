import { Hono } from 'hono';
import { GatewayDeclined, GatewayUnavailable } from '#shared/gateways/gateway.ts';
import { type Rejection, reject } from '#shared/operator-api/contracts/problem.ts';
import type { OperatorApiPorts } from '#shared/operator-api/ports.ts';
import { problem } from './problems.ts';
import type { Route } from './route.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { descriptionRoutes } from './routes/description.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { invoiceRoutes } from './routes/invoices.ts';
import { payerRoutes } from './routes/payers.ts';
import { paymentRoutes } from './routes/payments.ts';
import { type Api, type Bindings, honoPath, type WriteLog } from './serve.ts';

export type AppDeps = {
  readonly ports: OperatorApiPorts;
  /** The committed OpenAPI document. */
  readonly description: { readonly openapi: string };
  readonly logWrite: WriteLog;
  /** Hears of every failure that is not an answer to the caller. */
  readonly logFailure: (error: unknown) => void;
};

/** The operator API as one application: routes, and one answer for everything else. */
export function createApp({ ports, description, logWrite, logFailure }: AppDeps): Api {
  const app: Api = new Hono<{ Bindings: Bindings }>();
  const routes = [
    ...invoiceRoutes(ports),
    ...paymentRoutes(ports),
    ...payerRoutes(ports),
    ...inboxRoutes(ports),
    ...deliveryRoutes(ports),
    ...descriptionRoutes(description),
  ];
  for (const route of routes) route.serveOn(app, logWrite);
  refuseOtherMethods(app, routes);
  app.notFound(() => problem(reject('request.path_unknown')));
  app.onError((error) => {
    const refusal = refusalOf(error);
    if (PROBLEMS_OF_OURS.has(refusal.rejected)) logFailure(error);
    return problem(refusal);
  });
  return app;
}

const PROBLEMS_OF_OURS: ReadonlySet<string> = new Set(['service.failed', 'service.busy']);

/** A known address with another method is 405, with the methods it does take. */
function refuseOtherMethods(app: Api, routes: readonly Route[]): void {
  const methods = Map.groupBy(routes, ({ operation }) => operation.path);
  for (const [path, known] of methods) {
    const allow = known.map(({ operation }) => operation.method.toUpperCase()).join(', ');
    app.all(honoPath(path), () => problem(reject('request.method_not_allowed'), { allow }));
  }
}

/** Names under which AWS says that there was too much at once: the same request will pass later. */
const BUSY = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'TransactionInProgressException',
  'LedgerThrottled',
  'LedgerContended',
  'TimeoutError',
]);

/** What the caller learns of a failure: which kind, never its words, which may quote anything. */
function refusalOf(error: Error): Rejection {
  if (error instanceof GatewayUnavailable) return reject('gateway.unavailable');
  if (error instanceof GatewayDeclined) return reject('gateway.declined', declineDetail(error));
  return reject(BUSY.has(error.name) ? 'service.busy' : 'service.failed');
}

function declineDetail({ code }: GatewayDeclined): string {
  return /^[\w.-]{1,60}$/.test(code)
    ? `The gateway's code is ${code}.`
    : 'The gateway gave no readable code.';
}
