import type { Server } from 'node:http';
import type { Acquirers } from '#local/acquirers/server.ts';
import type { Cloud } from '#local/cloud.ts';
import { type Clock, systemClock } from '#local/kernel/clock.ts';
import { type Action, readAction } from './actions.ts';
import { BackgroundLoad } from './background-load.ts';
import { createSnapshots, type WatchedCloud } from './build-snapshot.ts';
import { LatestRecords } from './latest-records.ts';
import { LiveStream } from './live-stream.ts';
import { createOperatorApi, type OperatorApiOptions } from './operator-api.ts';
import { buildPage } from './page.ts';
import { type Answer, createConsoleServer } from './server.ts';
import { StageBrakes } from './stage-brakes.ts';

export type ConsoleOptions = {
  /** 0 takes a free port. */
  readonly port: number;
  readonly cloud: WatchedCloud & Pick<Cloud, 'slow' | 'unslow' | 'warm'>;
  readonly acquirers: Pick<Acquirers, 'pay' | 'scenariosOf' | 'outage' | 'slowApi' | 'stats'>;
  readonly operatorApi: OperatorApiOptions;
  readonly seller: string;
  /** Payers per second while there is no peak; 0 for none. */
  readonly basePerSecond?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: (message: string) => void;
};

export type Console = { readonly url: string; stop(): Promise<void> };

const BASE_PER_SECOND = 2;

/** Starts the page, and the payers of an ordinary evening for it to show. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { cloud, acquirers, clock = systemClock(), random = Math.random } = options;
  const { basePerSecond = BASE_PER_SECOND, log = () => {} } = options;
  const page = await buildPage();
  const api = createOperatorApi(options.operatorApi, options.seller);
  const brakes = new StageBrakes({ cloud, acquirers, clock });
  const records = new LatestRecords({ api, clock, isWatched: () => stream.isWatched });
  const parked = () => records.view.inbox.length;
  const load = new BackgroundLoad({ acquirers, api, clock, random, basePerSecond, parked, log });
  const look = createSnapshots({
    cloud,
    gatewayStats: () => acquirers.stats(),
    slowedUntilMs: (stage) => brakes.untilMs(stage),
    load: () => load.view,
    records: () => records.view,
  });
  const stream = new LiveStream({ clock, look, log, onWatched: () => void records.start() });
  const server = createConsoleServer({
    page,
    live: (viewer) => stream.add(viewer),
    async act(name, body) {
      const action = readAction(name, body, random);
      if (!action) return { status: 400, body: { error: 'there is no such action' } };
      return perform(action, { brakes, load, acquirers });
    },
  });
  const url = await listen(server, options.port);
  void records.start();
  // Payers who come before the provisioned environments are ready would each start one of their own.
  if (basePerSecond > 0) void cloud.warm.then(() => load.start());
  return {
    url,
    async stop() {
      load.stop();
      records.stop();
      brakes.stop();
      stream.stop();
      await close(server);
    },
  };
}

type Levers = {
  readonly brakes: StageBrakes;
  readonly load: BackgroundLoad;
  readonly acquirers: Pick<Acquirers, 'outage'>;
};

async function perform(action: Action, { brakes, load, acquirers }: Levers): Promise<Answer> {
  switch (action.does) {
    case 'peak':
      load.setFactor(action.factor);
      return DONE;
    case 'slow':
      if (brakes.slow(action.stage)) return DONE;
      return { status: 409, body: { error: `the stage ${action.stage} has no brake` } };
    case 'unslow':
      brakes.unslow(action.stage);
      return DONE;
    case 'outage':
      acquirers.outage(action.gateway, action.isOut);
      return DONE;
    case 'pay':
      try {
        return { status: 200, body: { invoiceId: await load.payNow(action.gateway) } };
      } catch (error) {
        return { status: 502, body: { error: error instanceof Error ? error.message : 'failed' } };
      }
    default:
      return action satisfies never;
  }
}

const DONE: Answer = { status: 200, body: {} };

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(`http://127.0.0.1:${address.port}`);
      else reject(new Error('the page has no port'));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
