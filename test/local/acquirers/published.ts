import { readdirSync, readFileSync } from 'node:fs';

/** A recorded notification with the secrets it was signed with. */
export type Sample = {
  readonly file: string;
  readonly verified: boolean;
  readonly body: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, string>>;
  readonly ack: { readonly status: number; readonly body: string };
};

const FOLDER = new URL('../../gateways/samples/', import.meta.url);

/** The recorded notifications of one gateway, tampered ones among them. */
export function samplesOf(gateway: string): Sample[] {
  const folder = new URL(`${gateway}/`, FOLDER);
  return readdirSync(folder).map((file) => {
    const { request, config, expected, ack } = JSON.parse(
      readFileSync(new URL(file, folder), 'utf8'),
    );
    const { body = '', query = '', headers = {} } = request;
    return { file, verified: expected.verified, body, query, headers, config, ack };
  });
}
