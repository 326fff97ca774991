import { existsSync } from 'node:fs';

/**
 * The emulator in a process of its own, because its time may be ours to set.
 *
 * Without `SET_TIME` it runs on the machine's time. With it `Date.now` stands still until a
 * message moves it, so that a timeout of minutes costs nothing and both sides see the same
 * millisecond.
 */
const SERVERS = new URL('../servers/node_modules/', import.meta.url);
const EMULATOR = new URL('fauxqs/dist/', SERVERS);

let nowMs = Date.now();

type Timed = { processAllTimers(): void };
type Router = { store: Timed; handle(...input: unknown[]): unknown };

/** Ends timeouts at their moment: the emulator does so only when somebody receives. */
function endTimeoutsBeforeEachCall(router: { prototype: Router }): void {
  const { handle } = router.prototype;
  router.prototype.handle = function (...input) {
    this.store.processAllTimers();
    return handle.apply(this, input);
  };
}

async function start(): Promise<void> {
  if (!existsSync(EMULATOR)) {
    throw new Error('fauxqs is missing: run `npm ci --prefix test/conformance/servers`');
  }
  if (process.env['SET_TIME'] !== undefined) {
    nowMs = Number(process.env['SET_TIME']);
    Date.now = () => nowMs;
    const { SqsRouter } = await import(new URL('sqs/sqsRouter.js', EMULATOR).href);
    endTimeoutsBeforeEachCall(SqsRouter);
  }
  const { startFauxqs } = await import(new URL('app.js', EMULATOR).href);
  const options = { port: 0, logger: false, defaultRegion: 'eu-central-1' };
  const server = await startFauxqs(options);
  process.on('message', (message) => {
    nowMs = Number(message);
    process.send?.({ nowMs });
  });
  // The parent is gone when its channel is: an orphan has nobody to serve.
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port: server.port });
}

await start();
