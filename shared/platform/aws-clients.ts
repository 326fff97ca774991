/**
 * What every AWS client of a function is made with.
 *
 * Without limits a hung connection costs the whole time of the function and then the visibility
 * timeout of its messages; calls inside a region that take longer than this have failed.
 */
export const CLIENT_DEFAULTS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;
