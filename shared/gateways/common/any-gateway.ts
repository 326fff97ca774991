import type {
  AccountBase,
  Acknowledgement,
  Gateway,
  GatewayApi,
  GatewayDeps,
  RawRequest,
  Reception,
  Refusal,
} from '../gateway.ts';
import { pathOf } from './fields.ts';

/** A gateway whose account type is forgotten, so that all gateways fit one list. */
export type AnyGateway = {
  readonly name: string;
  readonly methods: readonly ('GET' | 'POST')[];
  readonly kinds: readonly string[];
  /** Reads stored credentials. Throws `AccountInvalid`; parse once and keep the result. */
  parseAccount(value: unknown): AccountBase;
  /** Takes what `parseAccount` gave; anything else is parsed first. */
  receive(request: RawRequest, account: unknown, deps: GatewayDeps): Promise<Reception>;
  refusalFor(refusal: Refusal): Acknowledgement;
  readonly api: GatewayApi<unknown>;
};

/** Stored credentials of a seller cannot be read. Names the field, never its value. */
export class AccountInvalid extends Error {
  constructor(gateway: string, path: string) {
    super(`the ${gateway} account is invalid at ${path}`);
    this.name = 'AccountInvalid';
  }
}

/**
 * Forgets the account type of a gateway and checks it at run time in its place.
 *
 * TypeScript would let any account pass to a method of `Gateway<AccountBase>`; here an account of
 * another gateway does not get through the schema.
 */
export function anyGateway<Account extends AccountBase>(gateway: Gateway<Account>): AnyGateway {
  const parsedAccounts = new WeakMap<object, Account>();
  const accountOf = (value: unknown): Account => {
    const known = typeof value === 'object' && value !== null && parsedAccounts.get(value);
    if (known) return known;
    const parsed = gateway.account.safeParse(value);
    if (!parsed.success) throw new AccountInvalid(gateway.name, pathOf(parsed.error));
    parsedAccounts.set(parsed.data, parsed.data);
    return parsed.data;
  };
  return {
    name: gateway.name,
    methods: gateway.methods,
    kinds: gateway.kinds,
    parseAccount: accountOf,
    receive: (request, account, deps) => gateway.receive(request, accountOf(account), deps),
    refusalFor: (refusal) => gateway.refusalFor(refusal),
    api: anyApi(gateway.api, accountOf),
  };
}

/** Keeps absent calls absent: callers ask whether a gateway has a call by looking for it. */
function anyApi<Account>(
  api: GatewayApi<Account>,
  accountOf: (value: unknown) => Account,
): GatewayApi<unknown> {
  const { createLink, readPayment, refund, listPayments } = api;
  return {
    ...(createLink && {
      createLink: async (account, request, deps) => createLink(accountOf(account), request, deps),
    }),
    ...(readPayment && {
      readPayment: async (account, request, deps) => readPayment(accountOf(account), request, deps),
    }),
    ...(refund && {
      refund: async (account, request, deps) => refund(accountOf(account), request, deps),
    }),
    ...(listPayments && {
      listPayments: (account, period, deps) => listPayments(accountOf(account), period, deps),
    }),
  };
}
