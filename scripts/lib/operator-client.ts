import { Agent, request as httpRequest } from 'node:http';

/** The operator API as a local tool uses it. */
export type OperatorClient = {
  get(path: string): Promise<{ status: number; body: unknown }>;
  post(path: string, body: unknown): Promise<{ status: number; body: unknown }>;
  close(): void;
};

/** `node:http` with kept connections: a load run makes thousands of calls. */
export function createOperatorClient(
  baseUrl: string,
  token: () => Promise<string>,
): OperatorClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const call = async (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return send(agent, { method, url: `${baseUrl}${path}`, text, token: await token() });
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    close: () => agent.destroy(),
  };
}

type Call = { method: string; url: string; text: string | undefined; token: string };

function send(
  agent: Agent,
  { method, url, text, token }: Call,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
    };
    const request = httpRequest(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        const body: unknown = answer.startsWith('{') ? JSON.parse(answer) : answer;
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}
