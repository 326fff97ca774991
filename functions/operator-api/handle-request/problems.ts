import {
  type FieldError,
  PROBLEMS,
  type ProblemCode,
  type ProblemDetails,
  type Rejection,
} from '#shared/operator-api/contracts/problem.ts';

/** When to come back: short enough for a person who waits, long enough for a burst to pass. */
const RETRY_AFTER_SECONDS = '2';

/** A refusal as RFC 9457 problem details. */
export function problem(
  { rejected, detail, errors }: Rejection,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, title } = PROBLEMS[rejected];
  const body: ProblemDetails = {
    type: `urn:priliv:problem:${rejected}`,
    title,
    status,
    ...(detail !== undefined && { detail }),
    ...(errors && { errors: [...errors] }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
      ...headers,
    },
  });
}

/** A refusal that names the wrong fields. */
export function invalid(rejected: ProblemCode, errors: readonly FieldError[]): Rejection {
  return { rejected, errors };
}
