import * as z from 'zod';
import type { Scope } from '#shared/operator-api/contracts/operation.ts';

/** Who asks, as the token that API Gateway has verified says. */
export type Caller = { readonly sub: string; readonly scopes: ReadonlySet<string> };

const SUB_MAX = 128;

/** What the JWT authoriser leaves in the request context (payload format 2.0). */
const verifiedContext = z.object({
  authorizer: z.object({
    jwt: z.object({
      claims: z.object({
        sub: z.string().min(1).max(SUB_MAX),
        scope: z.string().default(''),
      }),
    }),
  }),
});

/**
 * Reads the caller, or nothing when the request did not come through the authoriser.
 *
 * The gateway would have refused such a request; this is the second lock on the same door.
 */
export function callerOf(requestContext: unknown): Caller | undefined {
  const context = verifiedContext.safeParse(requestContext);
  if (!context.success) return undefined;
  const { sub, scope } = context.data.authorizer.jwt.claims;
  return { sub, scopes: new Set(scope.split(' ').filter((name) => name !== '')) };
}

export function mayDo(caller: Caller, scope: Scope): boolean {
  return caller.scopes.has(scope);
}
