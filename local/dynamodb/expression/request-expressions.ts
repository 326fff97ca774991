import type { Json } from '#local/kernel/service.ts';
import type { AttributeValue } from '../attribute-value.ts';
import { validation } from '../errors.ts';
import { optionalObject, optionalString } from '../input.ts';
import { parseValue } from '../parse-value.ts';
import type { Condition, Parsed, Path, Update } from './ast.ts';
import { checkCondition, checkUpdate } from './check-operands.ts';
import type { Values } from './evaluate.ts';
import { parseCondition } from './parse-condition.ts';
import { parseProjection } from './parse-projection.ts';
import { parseUpdate } from './parse-update.ts';
import { type Names, Reader } from './reader.ts';

const EXPRESSION_BYTES_MAX = 4096;
/** Expression texts are few and constant in real programs; the limit only guards the memory. */
const CACHED_TEXTS_MAX = 2000;

type Field =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

type Cached<Tree> = { names: readonly string[]; variants: Map<string, Parsed<Tree>> };

/** The expressions of one request with their placeholders. `finish` makes the checks across them. */
export class RequestExpressions {
  readonly values: Values;
  readonly #input: Json;
  readonly #names: Names;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();
  #hasAny = false;

  constructor(input: Json) {
    this.#input = input;
    this.#names = readNames(input);
    this.values = readValues(input);
  }

  condition(field: 'ConditionExpression' | 'FilterExpression'): Condition | undefined {
    const tree = this.#parse(field, conditionCaches[field], parseCondition);
    if (tree) checkCondition(field, tree, this.values);
    return tree;
  }

  keyCondition(): Condition | undefined {
    const field = 'KeyConditionExpression';
    return this.#parse(field, conditionCaches[field], parseCondition);
  }

  update(): Update | undefined {
    const tree = this.#parse('UpdateExpression', updateCache, parseUpdate);
    if (tree) checkUpdate('UpdateExpression', tree, this.values);
    return tree;
  }

  projection(): readonly Path[] | undefined {
    return this.#parse('ProjectionExpression', projectionCache, parseProjection);
  }

  /** Every placeholder given must be used, and none may be given without an expression. */
  finish(): void {
    this.#checkUsed('ExpressionAttributeNames', this.#names, this.#usedNames);
    this.#checkUsed('ExpressionAttributeValues', this.values, this.#usedValues);
  }

  #parse<Tree>(
    field: Field,
    cache: Map<string, Cached<Tree>>,
    parse: (reader: Reader) => Tree,
  ): Tree | undefined {
    const source = optionalString(this.#input, field);
    if (source === undefined) return undefined;
    this.#hasAny = true;
    const parsed = parseCached(field, source, this.#names, cache, parse);
    for (const name of parsed.names) this.#usedNames.add(name);
    for (const value of parsed.values) {
      if (this.values[value] === undefined) {
        throw validation(
          `Invalid ${field}: An expression attribute value used in expression is not defined; attribute value: ${value}`,
        );
      }
      this.#usedValues.add(value);
    }
    return parsed.tree;
  }

  #checkUsed(field: string, given: Readonly<Record<string, unknown>>, used: Set<string>): void {
    const names = Object.keys(given);
    if (names.length === used.size) return; // Only given placeholders can be used.
    if (!this.#hasAny) {
      throw validation(`${field} can only be specified when using expressions`);
    }
    const unused = names.filter((name) => !used.has(name));
    throw validation(
      `Value provided in ${field} unused in expressions: keys: {${unused.join(', ')}}`,
    );
  }
}

const conditionCaches: Record<
  'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression',
  Map<string, Cached<Condition>>
> = {
  ConditionExpression: new Map(),
  FilterExpression: new Map(),
  KeyConditionExpression: new Map(),
};
const updateCache = new Map<string, Cached<Update>>();
const projectionCache = new Map<string, Cached<readonly Path[]>>();

/** One text can stand for several trees, because names are resolved while parsing. */
function parseCached<Tree>(
  field: Field,
  source: string,
  names: Names,
  cache: Map<string, Cached<Tree>>,
  parse: (reader: Reader) => Tree,
): Parsed<Tree> {
  const cached = cache.get(source);
  const known = cached?.variants.get(variantKey(cached.names, names));
  if (known) return known;
  const parsed = parseFresh(field, source, names, parse);
  if (cache.size >= CACHED_TEXTS_MAX) cache.clear();
  const entry = cache.get(source) ?? { names: parsed.names, variants: new Map() };
  if (entry.variants.size >= CACHED_TEXTS_MAX) entry.variants.clear();
  entry.variants.set(variantKey(entry.names, names), parsed);
  cache.set(source, entry);
  return parsed;
}

function variantKey(used: readonly string[], names: Names): string {
  // JSON keeps an undefined name apart from every defined one, so it is never found in the cache.
  return used.length === 0 ? '' : JSON.stringify(used.map((name) => names[name]));
}

function parseFresh<Tree>(
  field: Field,
  source: string,
  names: Names,
  parse: (reader: Reader) => Tree,
): Parsed<Tree> {
  if (source.trim() === '') {
    throw validation(`Invalid ${field}: The expression can not be empty;`);
  }
  if (Buffer.byteLength(source) > EXPRESSION_BYTES_MAX) {
    throw validation(
      `Invalid ${field}: Expression size has exceeded the maximum allowed size; expression size: ${Buffer.byteLength(source)}`,
    );
  }
  const reader = new Reader(field, source, names);
  const tree = parse(reader);
  return { tree, names: [...reader.usedNames], values: [...reader.usedValues] };
}

function readNames(input: Json): Names {
  const raw = optionalObject(input, 'ExpressionAttributeNames');
  if (!raw) return {};
  const names: Record<string, string> = {};
  for (const [placeholder, name] of Object.entries(raw)) {
    if (!/^#[A-Za-z0-9_]+$/.test(placeholder)) {
      throw invalidPlaceholder('ExpressionAttributeNames', placeholder);
    }
    if (typeof name !== 'string' || name === '') {
      throw validation(`ExpressionAttributeNames contains invalid value for key ${placeholder}`);
    }
    names[placeholder] = name;
  }
  if (Object.keys(names).length === 0)
    throw validation('ExpressionAttributeNames must not be empty');
  return names;
}

function readValues(input: Json): Values {
  const raw = optionalObject(input, 'ExpressionAttributeValues');
  if (!raw) return {};
  const values: Record<string, AttributeValue> = {};
  for (const [placeholder, value] of Object.entries(raw)) {
    if (!/^:[A-Za-z0-9_]+$/.test(placeholder)) {
      throw invalidPlaceholder('ExpressionAttributeValues', placeholder);
    }
    values[placeholder] = readValue(placeholder, value);
  }
  if (Object.keys(values).length === 0) {
    throw validation('ExpressionAttributeValues must not be empty');
  }
  return values;
}

function readValue(placeholder: string, raw: unknown): AttributeValue {
  try {
    return parseValue(raw);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw validation(
      `ExpressionAttributeValues contains invalid value: ${error.message} for key ${placeholder}`,
    );
  }
}

function invalidPlaceholder(field: string, placeholder: string): Error {
  return validation(`${field} contains invalid key: Syntax error; key: "${placeholder}"`);
}
