import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayAnswer } from './api-answer.ts';
import {
  BodyTooLarge,
  type HttpRequest,
  type HttpResponse,
  readRequest,
  writeResponse,
} from './http-message.ts';

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** API Gateway's limit; no AWS call of the emulated operations is larger. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A server on loopback whose handler can be set after its port is known. */
export class LoopbackServer {
  readonly #server: Server;
  handler: HttpHandler = async () => gatewayAnswer(503, 'the local cloud is still starting');

  constructor() {
    this.#server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
    // Clients keep connections; closing them while a request is on its way would look like an outage.
    this.#server.keepAliveTimeout = 65_000;
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve(portOf(this.#server.address())));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const request = await readRequest(incoming, MAX_BODY_BYTES);
      writeResponse(outgoing, await this.handler(request));
    } catch (error) {
      if (outgoing.destroyed) return;
      writeResponse(outgoing, failure(error));
    }
  }
}

function failure(error: unknown): HttpResponse {
  if (error instanceof BodyTooLarge) return gatewayAnswer(413, 'Request Entity Too Large');
  return gatewayAnswer(500, error instanceof Error ? error.message : String(error));
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address) return address.port;
  throw new Error('the server has no port');
}
