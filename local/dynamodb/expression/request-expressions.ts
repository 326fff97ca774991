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
  readonly #used = new Set<string>();
  readonly #containers = new Set<string>();

  /** `valueFields` are the expressions of this operation that can hold `:values`. */
  constructor(input: Json, valueFields: readonly Field[]) {
    this.#input = input;
    checkPlaceholdersAllowed(input, valueFields);
    this.#names = readNames(input);
    this.values = valueFields.length === 0 ? {} : readValues(input);
  }

  /** The attributes whose insides the expressions name. */
  get containers(): ReadonlySet<string> {
    return this.#containers;
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

  /** Every placeholder given must be used. */
  finish(): void {
    this.#checkUsed('ExpressionAttributeNames', this.#names);
    this.#checkUsed('ExpressionAttributeValues', this.values);
  }

  #parse<Tree>(
    field: Field,
    cache: Map<string, Cached<Tree>>,
    parse: (reader: Reader) => Tree,
  ): Tree | undefined {
    const source = optionalString(this.#input, field);
    if (source === undefined) return undefined;
    const parsed = parseCached(field, source, this.#names, cache, parse);
    for (const placeholder of parsed.placeholders) {
      const given = placeholder.startsWith('#') ? this.#names : this.values;
      if (!Object.hasOwn(given, placeholder)) throw undefinedPlaceholder(field, placeholder);
      this.#used.add(placeholder);
    }
    for (const attribute of parsed.containers) this.#containers.add(attribute);
    return parsed.tree;
  }

  #checkUsed(field: string, given: Readonly<Record<string, unknown>>): void {
    const unused = Object.keys(given).filter((placeholder) => !this.#used.has(placeholder));
    if (unused.length === 0) return;
    throw validation(
      `Value provided in ${field} unused in expressions: keys: {${unused.join(', ')}}`,
    );
  }
}

function undefinedPlaceholder(field: Field, placeholder: string): Error {
  return validation(
    placeholder.startsWith('#')
      ? `Invalid ${field}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`
      : `Invalid ${field}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
  );
}

const FIELDS: readonly Field[] = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
];

/** Placeholders without an expression that could use them are an error before anything is read. */
function checkPlaceholdersAllowed(input: Json, valueFields: readonly Field[]): void {
  const isAbsent = (field: Field) => !isGiven(input, field);
  if (isGiven(input, 'ExpressionAttributeNames') && FIELDS.every(isAbsent)) {
    throw validation('ExpressionAttributeNames can only be specified when using expressions');
  }
  if (valueFields.length === 0 || !isGiven(input, 'ExpressionAttributeValues')) return;
  if (!valueFields.every(isAbsent)) return;
  const verb = valueFields.length === 1 ? 'is' : 'are';
  throw validation(
    `ExpressionAttributeValues can only be specified when using expressions: ${valueFields.join(' and ')} ${verb} null`,
  );
}

function isGiven(input: Json, field: string): boolean {
  return input[field] !== undefined && input[field] !== null;
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
  if (source === '') {
    throw validation(`Invalid ${field}: The expression can not be empty;`);
  }
  if (Buffer.byteLength(source) > EXPRESSION_BYTES_MAX) {
    throw validation(
      `Invalid ${field}: Expression size has exceeded the maximum allowed size; expression size: ${Buffer.byteLength(source)}`,
    );
  }
  const reader = new Reader(field, source, names);
  const tree = parse(reader);
  return {
    tree,
    names: [...reader.usedNames],
    placeholders: [...reader.placeholders],
    containers: [...reader.containers],
  };
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
      throw validation(
        `ExpressionAttributeNames contains invalid value: Empty attribute name for key ${placeholder}`,
      );
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
