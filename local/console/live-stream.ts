import type { ServerResponse } from 'node:http';
import type { Cancel, Clock } from '#local/kernel/clock.ts';
import type { Snapshot } from './snapshot.ts';

const EACH_MS = 1000;

type Options = {
  readonly clock: Clock;
  look(nowMs: number): Promise<Snapshot>;
  /** Called when somebody begins to watch after nobody did. */
  onWatched(): void;
  log(message: string): void;
};

/** Sends every viewer one snapshot a second, and looks at nothing while there is no viewer. */
export class LiveStream {
  readonly #options: Options;
  readonly #viewers = new Set<ServerResponse>();
  #cancel: Cancel | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get isWatched(): boolean {
    return this.#viewers.size > 0;
  }

  add(viewer: ServerResponse): void {
    viewer.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    viewer.write('retry: 1000\n\n');
    if (!this.isWatched) this.#options.onWatched();
    this.#viewers.add(viewer);
    viewer.once('close', () => this.#viewers.delete(viewer));
    if (!this.#cancel) this.#arm(0);
  }

  stop(): void {
    this.#cancel?.();
    for (const viewer of this.#viewers) viewer.end();
    this.#viewers.clear();
  }

  #arm(waitMs: number): void {
    const { clock } = this.#options;
    this.#cancel = clock.schedule(clock.now() + waitMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock, look, log } = this.#options;
    const nowMs = clock.now();
    try {
      const line = `data: ${JSON.stringify(await look(nowMs))}\n\n`;
      for (const viewer of this.#viewers) {
        // A viewer that does not read any more must not fill the memory.
        if (!viewer.writableNeedDrain) viewer.write(line);
      }
    } catch (error) {
      log(`the page could not be drawn: ${error instanceof Error ? error.stack : String(error)}`);
    }
    this.#cancel = undefined;
    if (this.isWatched) this.#arm(Math.max(0, nowMs + EACH_MS - clock.now()));
  }
}
