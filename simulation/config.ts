import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { type GatewayName, GATEWAYS as SIMULATED } from '#local/acquirers/payment.ts';
import { isGatewayName } from '#local/acquirers/shops.ts';
import { gateways } from '#shared/gateways/registry.ts';
import { type Currency, isCurrency } from '#shared/kernel/currency.ts';
import type { Check } from './checks/check.ts';
import type { Fault } from './faults/fault.ts';
import { takes } from './world/drafts.ts';
import {
  DEFAULT_WORLD,
  kindsByWeight,
  type OwnStory,
  WEIGHTS,
  type World,
} from './world/settings.ts';
import { type Gateway, STORY_KINDS } from './world/story.ts';

const SELLER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;
const AMOUNT_MAX = 1_000_000_000_000n;
const WEIGHT_MAX = 1_000;
const MS_PER_SECOND = 1_000;

const dialect = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, 'must be a name in lower case'),
  tells: z.enum(['totals', 'parts']),
  isAsked: z.enum(['never', 'for_returns', 'always']),
});

const acquirer = z.string().refine(isOnWire, {
  error: `must be a gateway of the registry with a simulated acquirer: ${namesOnWire().join(', ')}`,
});

const minor = z
  .string()
  .regex(/^[1-9]\d{0,12}$/, 'must be minor units as digits')
  .transform(BigInt)
  .refine((amount) => amount <= AMOUNT_MAX, `must be at most ${AMOUNT_MAX}`);

const currency = z
  .string()
  .refine(isCurrency, 'must be an ISO 4217 code that can be accounted in')
  .transform((code) => code as Currency); // `refine` has checked it and does not narrow.

/** A world of the user's own, as `--config` reads it. What is left out is as in the usual world. */
const config = z.strictObject({
  sellers: z.array(z.string().regex(SELLER, 'must be a seller id')).min(1).exactOptional(),
  gateways: z
    .array(z.union([acquirer, dialect]))
    .min(1)
    .exactOptional(),
  /** How many of the stories that could be on the wire are, from 0 to 1. */
  wire: z.number().min(0).max(1).exactOptional(),
  currencies: z.array(currency).min(1).exactOptional(),
  amounts: z
    .strictObject({ min: minor, max: minor })
    .refine(({ min, max }) => min <= max, 'min must not be more than max')
    .exactOptional(),
  /** Story kinds with their weights; a kind that is not named is not told. */
  stories: z.record(z.string(), z.int().min(0).max(WEIGHT_MAX)).exactOptional(),
  payers: z.int().min(1).max(1_000_000).exactOptional(),
  paymentsPerSecond: z.number().positive().max(MS_PER_SECOND).exactOptional(),
});
type Config = z.infer<typeof config>;

/** Faults, checks and stories of the user's own, as a module given by `--with` exports them. */
export type Additions = {
  readonly faults?: readonly Fault[];
  readonly checks?: readonly Check[];
  readonly stories?: readonly OwnStory[];
};

/** A configuration that cannot be used. The message names each wrong field. */
export class ConfigInvalid extends Error {
  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n${problems.map((one) => `  ${one}`).join('\n')}`);
    this.name = 'ConfigInvalid';
  }
}

export type Setup = { readonly setting: World; readonly additions: Additions };

/** Without a configuration and additions. */
export const usualSetup: Setup = { setting: DEFAULT_WORLD, additions: {} };

/** Reads `--config` and `--with`, as they were given. */
export async function readSetup(paths: {
  readonly config?: string | undefined;
  readonly additions?: string | undefined;
}): Promise<Setup> {
  const additions = paths.additions === undefined ? {} : await readAdditions(paths.additions);
  const text = paths.config === undefined ? '{}' : readFileSync(paths.config, 'utf8');
  return { setting: parseWorld(text, additions.stories), additions };
}

export function parseWorld(text: string, ownStories: readonly OwnStory[] = []): World {
  const parsed = config.safeParse(parseJson(text));
  if (!parsed.success) throw new ConfigInvalid(parsed.error.issues.map(problemOf));
  return worldOf(parsed.data, ownStories);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigInvalid([`it is not JSON: ${error instanceof Error ? error.message : ''}`]);
  }
}

function problemOf({ path, message, ...issue }: z.core.$ZodIssue): string {
  const field = path.length === 0 ? 'the file' : path.map(String).join('.');
  const deeper =
    'errors' in issue && Array.isArray(issue.errors) ? unionProblems(issue.errors) : [];
  return `${field}: ${deeper.length > 0 ? deeper.join(', or ') : message}`;
}

/** A gateway is a name or a dialect; say what is wrong with it as either. */
function unionProblems(errors: readonly (readonly z.core.$ZodIssue[])[]): string[] {
  return errors.flatMap(([first]) => (first ? [problemText(first)] : []));
}

function problemText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')} ${message}`;
}

function worldOf(chosen: Config, ownStories: readonly OwnStory[]): World {
  const { gateways: named, sellers, currencies, amounts, payers, paymentsPerSecond } = chosen;
  const dialects = named?.filter((one): one is Gateway => typeof one !== 'string');
  const acquirers = named?.filter(
    (one): one is GatewayName => typeof one === 'string' && isGatewayName(one),
  );
  const world: World = {
    ...DEFAULT_WORLD,
    ...(sellers && { sellers: atLeastOne(sellers) }),
    ...(dialects && { dialects }),
    ...(acquirers && { acquirers }),
    wireShare: chosen.wire ?? shareOf(dialects, acquirers),
    ...(currencies && { currencies: atLeastOne(currencies) }),
    amounts,
    kinds: kindsOf(chosen.stories, ownStories, dialects?.length !== 0),
    ownStories,
    ...(payers !== undefined && { payers }),
    ...(paymentsPerSecond !== undefined && { pauseMs: [MS_PER_SECOND / paymentsPerSecond] }),
  };
  checkGateways(world);
  return world;
}

/** Gateways of only one sort take all stories; of both sorts, as many as usually. */
function shareOf(
  dialects: readonly unknown[] | undefined,
  acquirers: readonly unknown[] | undefined,
): number {
  if (dialects?.length === 0) return 1;
  return acquirers?.length === 0 ? 0 : DEFAULT_WORLD.wireShare;
}

function kindsOf(
  weights: Readonly<Record<string, number>> | undefined,
  ownStories: readonly OwnStory[],
  hasDialects: boolean,
): World['kinds'] {
  const own = Object.fromEntries(ownStories.map(({ name, weight }) => [name, weight]));
  const usual = weights ? {} : usualWeights(hasDialects);
  const known = [...STORY_KINDS, ...Object.keys(own)];
  const wrong = Object.keys(weights ?? {}).filter((name) => !known.includes(name));
  if (wrong.length > 0)
    throw new ConfigInvalid(
      wrong.map((name) => `stories.${name}: is no kind of story; there are ${known.join(', ')}`),
    );
  const [first, ...others] = kindsByWeight({ ...usual, ...own, ...weights });
  if (first === undefined) throw new ConfigInvalid(['stories: at least one weight must be over 0']);
  return [first, ...others];
}

function usualWeights(hasDialects: boolean): Record<string, number> {
  const told = Object.entries(WEIGHTS).filter(
    ([kind]) => hasDialects || !WITHOUT_INVOICE.includes(kind),
  );
  return Object.fromEntries(told);
}

/** Payments without an invoice are told by dialects only: an order at an acquirer always has one. */
const WITHOUT_INVOICE = ['top_up', 'stranger'];

function checkGateways({ dialects, acquirers, wireShare, kinds, currencies }: World): void {
  const needing = kinds.find((kind) => WITHOUT_INVOICE.includes(kind));
  if (dialects.length === 0 && needing !== undefined)
    throw new ConfigInvalid([
      `stories.${needing}: needs a gateway that is a dialect; give it weight 0 or add one to gateways`,
    ]);
  const untaken = currencies.find((code) => !acquirers.some((name) => takes(name, code)));
  if (dialects.length === 0 && untaken !== undefined)
    throw new ConfigInvalid([`currencies: none of the gateways takes ${untaken}`]);
  if (dialects.length === 0 && wireShare < 1)
    throw new ConfigInvalid(['wire: must be 1 when no gateway is a dialect']);
  if (acquirers.length === 0 && wireShare > 0)
    throw new ConfigInvalid(['wire: must be 0 when every gateway is a dialect']);
}

function atLeastOne<T>(list: readonly T[]): [T, ...T[]] {
  const [first, ...others] = list;
  if (first === undefined) throw new ConfigInvalid(['a list is empty']);
  return [first, ...others];
}

function isOnWire(name: string): boolean {
  return namesOnWire().includes(name);
}

function namesOnWire(): string[] {
  return gateways.map(({ name }) => name).filter((name) => SIMULATED.some((one) => one === name));
}

/** What a module of the user exports must look like, as far as a look can tell. */
const additions = z.looseObject({
  faults: z.array(z.looseObject({ name: z.string().min(1), rates: z.array(z.number()).min(1) })),
  checks: z.array(
    z.looseObject({ name: z.string().min(1), check: z.custom((value) => isFunction(value)) }),
  ),
  stories: z.array(
    z.looseObject({
      name: z.string().min(1),
      weight: z.int().min(0).max(WEIGHT_MAX),
      plot: z.custom((value) => isFunction(value), 'must be a function'),
    }),
  ),
});

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

async function readAdditions(path: string): Promise<Additions> {
  const module: Additions = await import(pathToFileURL(resolve(path)).href);
  const parsed = additions.partial().safeParse({ ...module });
  if (!parsed.success)
    throw new ConfigInvalid(parsed.error.issues.map((issue) => `${path}: ${problemOf(issue)}`));
  return module;
}
