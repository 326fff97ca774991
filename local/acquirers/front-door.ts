import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bank } from './bank.ts';
import type { AcquirerDialect, ApiRequest, ApiResponse } from './dialect.ts';
import { formRecord, unescapeText } from './form.ts';
import { languageOf, renderPayPage } from './pay-page.ts';
import type { Payers } from './payers.ts';
import type { GatewayName, SimulatedPayment } from './payment.ts';
import { SCENARIOS, type Scenario } from './scenario.ts';
import { isGatewayName, type Shops } from './shops.ts';

type Deps = {
  readonly bank: Bank;
  readonly shops: Shops;
  readonly payers: Payers;
  isOut(gateway: GatewayName): boolean;
  /** Waits as long as the gateways' APIs are slowed now. */
  apiPause(): Promise<void>;
};

const LONGEST_BODY_BYTES = 1024 * 1024;

/** The HTTP side of the simulators: `/<gateway>/<seller>/…` is an API, `/pay/…` a page for people. */
export class FrontDoor {
  readonly #deps: Deps;
  /** The try that a page shows, where each try is a payment of its own. */
  readonly #latestTry = new Map<string, string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [path = '/', query = ''] = splitOnce(incoming.url ?? '/', '?');
    const [, first = '', second = '', ...rest] = path.split('/');
    const gateway = first === 'pay' ? second : first;
    if (isGatewayName(gateway) && this.#deps.isOut(gateway)) {
      // A gateway that is cut off answers nothing at all.
      incoming.destroy();
      return;
    }
    const body = await readBody(incoming);
    if (body === undefined) return answer(outgoing, { status: 413, body: '' });
    const request: ApiRequest = {
      method: incoming.method ?? 'GET',
      path: `/${rest.join('/')}`,
      query,
      headers: flatHeaders(incoming),
      body,
    };
    if (first === 'pay') return answer(outgoing, await this.#page(gateway, rest, request));
    await this.#deps.apiPause();
    const dialect = this.#deps.shops.find(gateway, second);
    answer(outgoing, dialect ? dialect.api(request) : { status: 404, body: 'no such shop' });
  }

  async #page(
    gateway: string,
    [seller = '', id = '']: string[],
    request: ApiRequest,
  ): Promise<ApiResponse> {
    const dialect = this.#deps.shops.find(gateway, seller);
    const opened = dialect && this.#deps.bank.find(dialect.gateway, seller, unescapeText(id));
    if (!dialect || !opened) return { status: 404, body: 'no such payment' };
    const form = request.method === 'POST' ? formRecord(request.body) : {};
    const wish = form['lang'] ?? new URLSearchParams(request.query).get('lang');
    const language = languageOf(request.headers['accept-language'], wish);
    const payment = this.#currentTry(opened);
    if (request.method === 'POST') await this.#act(dialect, payment, form['action']);
    const { declines, afterDecline } = dialect.abilities;
    const html = renderPayPage({
      payment: this.#currentTry(opened),
      language,
      canDecline: declines,
      canTryAgain: afterDecline !== 'final',
    });
    return { status: 200, headers: PAGE_HEADERS, body: html };
  }

  /** The payer pays, or the payer's bank declines. A page that is sent twice acts once. */
  async #act(
    dialect: AcquirerDialect,
    payment: SimulatedPayment,
    action: string | undefined,
  ): Promise<void> {
    const isOpen = payment.status === 'new' || payment.status === 'failed';
    if (!isOpen || (action !== 'pay' && action !== 'decline')) return;
    const { afterDecline, declines } = dialect.abilities;
    if (payment.status === 'failed' && afterDecline === 'final') return;
    if (action === 'decline' && !declines) return;
    const isNewTry = payment.status === 'failed' && afterDecline === 'new_payment';
    const next = isNewTry ? this.#tryAgain(dialect, payment) : payment;
    const paying: Scenario = { steps: [{ does: next.isTwoStage ? 'authorise' : 'capture' }] };
    await this.#deps.payers.play(next, action === 'pay' ? paying : SCENARIOS.declined);
  }

  #tryAgain(dialect: AcquirerDialect, failed: SimulatedPayment): SimulatedPayment {
    const { gateway, seller } = failed;
    const next = this.#deps.bank.open({ gateway, seller, ...dialect.newIds(), order: failed });
    this.#latestTry.set(`${gateway}/${failed.id}`, next.id);
    return next;
  }

  #currentTry(payment: SimulatedPayment): SimulatedPayment {
    const { gateway, seller } = payment;
    const nextId = this.#latestTry.get(`${gateway}/${payment.id}`);
    const next = nextId === undefined ? undefined : this.#deps.bank.find(gateway, seller, nextId);
    if (next) return this.#currentTry(next);
    return this.#deps.bank.find(gateway, seller, payment.id) ?? payment;
  }
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
} as const;

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function flatHeaders({ headers }: IncomingMessage): Record<string, string> {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, String(value ?? '')] as const,
  );
  return Object.fromEntries(entries);
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > LONGEST_BODY_BYTES) return undefined;
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answer(outgoing: ServerResponse, { status, headers, body }: ApiResponse): void {
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}
