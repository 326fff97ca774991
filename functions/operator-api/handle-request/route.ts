import type { Operation } from '#shared/operator-api/contracts/operation.ts';
import { type Api, type Handler, serve, type WriteLog } from './serve.ts';

/** An operation with its handler, ready to be served. */
export type Route = {
  readonly operation: Operation;
  serveOn(api: Api, log: WriteLog): void;
};

/** Ties a handler to its operation while both types are known; the list of routes forgets them. */
export function route<O extends Operation>(operation: O, handler: Handler<O>): Route {
  return { operation, serveOn: (api, log) => serve(api, operation, handler, log) };
}

/** What a handler gives when it did what was asked. Keeps the status as the exact number it is. */
export function answer<const Status extends number, Body>(status: Status, body: Body) {
  return { status, body };
}
