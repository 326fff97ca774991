import type { Tree } from './json-tree.ts';

export type Pair = readonly [name: string, value: string];

/** A tree as form fields with PHP's names for what is nested: `products[0][name]`. */
export function pairsOf(tree: Tree, name = ''): Pair[] {
  const below = (key: string) => (name === '' ? key : `${name}[${key}]`);
  switch (tree.type) {
    case 'object':
      return tree.fields.flatMap(([key, value]) => pairsOf(value, below(key)));
    case 'list':
      return tree.items.flatMap((value, index) => pairsOf(value, below(String(index))));
    default:
      return [[name, tree.text]];
  }
}

/** What no form can say (a lone surrogate) is sent as it would be typed into a terminal: broken. */
export function formText(pairs: readonly Pair[]): string {
  const encode = (text: string) => (text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80');
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** PHP's `json_encode` over sorted keys with slashes escaped, for trees without numeric keys of their own. */
export function phpCanonical(tree: Tree): string {
  switch (tree.type) {
    case 'object': {
      const sorted = [...new Map(tree.fields)].sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${sorted.map(([key, value]) => `${phpText(key)}:${phpCanonical(value)}`).join(',')}}`;
    }
    case 'list':
      return `[${tree.items.map(phpCanonical).join(',')}]`;
    default:
      return phpText(tree.text);
  }
}

function phpText(text: string): string {
  return JSON.stringify(text)
    .replaceAll('/', '\\/')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** A compact RS256 JWS of any payload text. */
export function jwsOf(payload: string, sign: (text: Buffer) => Buffer): string {
  const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64url');
  const message = `${encode('{"typ":"JWT","alg":"RS256"}')}.${encode(payload)}`;
  return `${message}.${sign(Buffer.from(message)).toString('base64url')}`;
}
