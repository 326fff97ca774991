import { createServer, type Server } from 'node:http';
import { type Clock, systemClock } from '#local/kernel/clock.ts';
import { Bank } from './bank.ts';
import { type Delivery, DeliveryEngine } from './delivery-engine.ts';
import type { WireRequest } from './dialect.ts';
import { Dispatcher } from './dispatcher.ts';
import { FrontDoor } from './front-door.ts';
import { createHttpSender } from './http-sender.ts';
import { type Paid, Payers, type Wish } from './payers.ts';
import { GATEWAYS, type GatewayName, type SimulatedPayment } from './payment.ts';
import { createRsaKey } from './rsa-key.ts';
import { isPossible, SCENARIOS, type Scenario, type ScenarioName } from './scenario.ts';
import { Shops } from './shops.ts';

export type AcquirersOptions = {
  /** 0 or absent takes a free port. */
  readonly port?: number;
  /** Base address of the cloud's HTTP API; `/webhooks/<seller>/<gateway>` is added. */
  readonly webhooksBaseUrl: string;
  readonly clock?: Clock;
  random(): number;
  /** The seller that is meant when none is named. */
  readonly seller: string;
  /** Documented waits are multiplied by this: 1 is as documented, 1/3600 makes seconds of hours. */
  readonly timeScale: number;
  /** Notifications of one gateway that may be under way at once. */
  readonly concurrency?: number;
  /** How many deliveries are remembered. */
  readonly remembered?: number;
};

export type PayRequest = Omit<Wish, 'scenario' | 'seller'> & {
  readonly seller?: string;
  readonly scenario: ScenarioName | Scenario;
};

export type GatewayStats = {
  readonly gateway: GatewayName;
  readonly isOut: boolean;
  readonly waiting: number;
  readonly acknowledged: number;
  readonly givenUp: number;
  readonly lost: number;
  readonly attempts: number;
};

export type Acquirers = {
  readonly url: string;
  /** The account of a seller at a gateway, as the product keeps it in its secret. */
  credentials(gateway: GatewayName, seller?: string): Readonly<Record<string, unknown>>;
  pay(request: PayRequest): Promise<Paid>;
  /** The scenarios that a gateway can go through. */
  scenariosOf(gateway: GatewayName): readonly ScenarioName[];
  /** Cuts a gateway off, both ways, or brings it back. */
  outage(gateway: GatewayName, isOut: boolean): void;
  /** Makes all gateways' APIs answer this much later; 0 ends it. */
  slowApi(delayMs: number): void;
  /** Where notifications go from now on, for a cloud that came back on another port. */
  deliverTo(webhooksBaseUrl: string): void;
  /** A payment as the gateway's books have it. */
  payment(gateway: GatewayName, paymentId: string, seller?: string): SimulatedPayment | undefined;
  stats(): readonly GatewayStats[];
  deliveries(): readonly Delivery[];
  /** Resolves when every notification is acknowledged or given up. */
  drained(): Promise<void>;
  /** Resolves when no notification is under way at this moment. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
};

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_REMEMBERED = 200_000;

/** Starts all simulated gateways behind one HTTP server on loopback. */
export async function startAcquirers(options: AcquirersOptions): Promise<Acquirers> {
  const { random, timeScale, seller: ownSeller, clock = systemClock() } = options;
  const { concurrency = DEFAULT_CONCURRENCY, remembered = DEFAULT_REMEMBERED } = options;
  const now = () => clock.now();
  let webhooksBaseUrl = options.webhooksBaseUrl;
  const address = (payment: SimulatedPayment, request: WireRequest) =>
    webhookAddress(webhooksBaseUrl, payment, request);

  const server = createServer();
  const url = await listen(server, options.port ?? 0);
  const sender = createHttpSender(concurrency * GATEWAYS.length);
  const { send } = sender;
  const engine = new DeliveryEngine({ clock, send, address, concurrency, timeScale, remembered });
  const bank = new Bank(now, (change) => dispatcher.report(change));
  const shops = new Shops({
    bank,
    url,
    rsa: createRsaKey('Simulated gateway', now()),
    random,
    now,
  });
  const dispatcher = new Dispatcher(shops, engine, random, timeScale);
  const isOut = (gateway: GatewayName) => engine.isOut(gateway);
  const payers = new Payers({ bank, shops, dispatcher, send, address, isOut, now });
  let apiDelayMs = 0;
  const apiPause = async () => {
    if (apiDelayMs > 0) await pause(clock, apiDelayMs);
  };
  const frontDoor = new FrontDoor({ bank, shops, payers, isOut, apiPause });
  for (const gateway of GATEWAYS) shops.open(gateway, ownSeller);
  server.on('request', (incoming, outgoing) => {
    frontDoor.handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  return {
    url,
    credentials: (gateway, seller = ownSeller) => shops.open(gateway, seller).credentials(),
    pay: ({ scenario, seller = ownSeller, ...wish }) =>
      payers.pay({
        ...wish,
        seller,
        scenario: typeof scenario === 'string' ? SCENARIOS[scenario] : scenario,
      }),
    scenariosOf: (gateway) => scenariosOf(shops, gateway, ownSeller),
    outage: (gateway, out) => engine.setOutage(gateway, out),
    slowApi: (delayMs) => {
      apiDelayMs = delayMs;
    },
    deliverTo: (baseUrl) => {
      webhooksBaseUrl = baseUrl;
    },
    payment: (gateway, paymentId, seller = ownSeller) => bank.find(gateway, seller, paymentId),
    stats: () => statsOf(engine),
    deliveries: () => engine.deliveries(),
    drained: () => engine.drained(),
    quiet: () => engine.quiet(),
    async stop() {
      engine.stop();
      sender.close();
      await close(server);
    },
  };
}

/**
 * The address of the order counts only when it leads to the same cloud: nothing that is simulated
 * here may ever be sent to a stranger.
 */
function webhookAddress(baseUrl: string, payment: SimulatedPayment, { kind }: WireRequest): string {
  const base = baseUrl.replace(/\/+$/, '');
  const own = payment.notificationUrl;
  if (own !== undefined && kind === undefined && own.startsWith(`${base}/`)) return own;
  const path = `/webhooks/${payment.seller}/${payment.gateway}`;
  return kind === undefined ? `${base}${path}` : `${base}${path}/${kind}`;
}

function scenariosOf(shops: Shops, gateway: GatewayName, seller: string): ScenarioName[] {
  const { abilities } = shops.open(gateway, seller);
  const named = Object.entries(SCENARIOS) as [ScenarioName, Scenario][]; // Object.entries forgets the names.
  return named.filter(([, scenario]) => isPossible(scenario, abilities)).map(([name]) => name);
}

/** Counted in one pass: the list grows long in a load run, and a console asks every second. */
function statsOf(engine: DeliveryEngine): GatewayStats[] {
  const counts = new Map(
    GATEWAYS.map((gateway) => [
      gateway,
      { waiting: 0, acknowledged: 0, given_up: 0, lost: 0, attempts: 0 },
    ]),
  );
  for (const { gateway, state, attempts } of engine.deliveries()) {
    const count = counts.get(gateway);
    if (!count) continue;
    count[state] += 1;
    count.attempts += attempts;
  }
  return [...counts].map(([gateway, { given_up: givenUp, ...count }]) => ({
    gateway,
    isOut: engine.isOut(gateway),
    givenUp,
    ...count,
  }));
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(clock.now() + ms, resolve);
  });
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null)
        resolve(`http://127.0.0.1:${address.port}`);
      else reject(new Error('the simulators have no port'));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
