/** A route key, parsed: `POST /webhooks/{seller}`, `ANY /ops/{proxy+}`, `$default`. */
export type RoutePattern = {
  /** `undefined` for `ANY`. */
  method: string | undefined;
  segments: readonly Segment[];
  isDefault: boolean;
};

type Segment =
  | { kind: 'literal'; text: string }
  | { kind: 'variable'; name: string }
  | { kind: 'greedy'; name: string };

export type RouteMatch<Route> = { route: Route; parameters: Record<string, string> };

export function parseRouteKey(key: string): RoutePattern {
  if (key === '$default') return { method: undefined, segments: [], isDefault: true };
  const [method = '', path = ''] = key.split(' ');
  return {
    method: method === 'ANY' ? undefined : method,
    segments: splitPath(path).map(parseSegment),
    isDefault: false,
  };
}

function parseSegment(text: string): Segment {
  const name = /^\{([^}+]+)(\+?)\}$/.exec(text);
  if (!name?.[1]) return { kind: 'literal', text };
  return { kind: name[2] === '+' ? 'greedy' : 'variable', name: name[1] };
}

/**
 * Finds the most specific route, as API Gateway does: literal before variable before greedy,
 * segment by segment; then a route with the method before `ANY`; then `$default`.
 */
export function matchRoute<Route extends RoutePattern>(
  routes: readonly Route[],
  method: string,
  path: string,
): RouteMatch<Route> | undefined {
  const parts = splitPath(path);
  const matches = routes.flatMap((route) => {
    if (route.method !== undefined && route.method !== method) return [];
    const parameters = route.isDefault ? {} : matchSegments(route.segments, parts);
    return parameters ? [{ route, parameters }] : [];
  });
  return matches.sort((left, right) => compareRanks(rank(left.route), rank(right.route)))[0];
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const part = parts[at];
    if (part === undefined || part === '') return undefined;
    if (segment.kind === 'greedy') {
      return { ...parameters, [segment.name]: parts.slice(at).map(decode).join('/') };
    }
    if (segment.kind === 'variable') parameters[segment.name] = decode(part);
    else if (segment.text !== decode(part)) return undefined;
  }
  return segments.length === parts.length ? parameters : undefined;
}

const SEGMENT_RANK = { literal: 0, variable: 1, greedy: 2 };

/** Compared part by part; the smaller is the more specific. */
function rank({ isDefault, segments, method }: RoutePattern): number[] {
  const specificity = segments.map(({ kind }) => SEGMENT_RANK[kind]);
  return [isDefault ? 1 : 0, ...specificity, method === undefined ? 1 : 0];
}

function compareRanks(left: readonly number[], right: readonly number[]): number {
  for (const [at, value] of left.entries()) {
    const difference = value - (right[at] ?? value);
    if (difference !== 0) return difference;
  }
  return 0;
}

function splitPath(path: string): string[] {
  const bare = path.replace(/^\//, '');
  return bare === '' ? [] : bare.split('/');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
