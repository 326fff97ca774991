import type { Wording } from './quirk.ts';

const API = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference';
const GUIDE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';

export const WORDINGS: readonly Wording[] = [
  {
    name: 'more than 38 digits',
    source: `${GUIDE}/HowItWorks.NamingRulesDataTypes.html`,
    oracle: /DynamoDB only supports precision up to 38 digits/,
    engine: /Attempting to store more than 38 significant digits in a Number/,
  },
  {
    name: 'text that is no number',
    source: `${GUIDE}/HowItWorks.NamingRulesDataTypes.html`,
    oracle: /A value provided cannot be converted into a number/,
    engine: /The parameter cannot be converted to a numeric value/,
  },
  {
    name: 'failed condition with a full stop',
    source: `${API}/API_TransactWriteItems.html`,
    oracle: /^The conditional request failed\.$/,
    engine: /^The conditional request failed$/,
  },
  {
    name: 'order of valid type names',
    source: `${GUIDE}/Expressions.OperatorsAndFunctions.html`,
    oracle:
      /Invalid attribute type name found; type: \w+, valid types: \{N,BS,L,B,NULL,M,S,SS,NS,BOOL\}$/,
    engine:
      /Invalid attribute type name found; type: \w+, valid types: \{B,NULL,SS,BOOL,L,BS,N,NS,S,M\}$/,
  },
  {
    name: 'bytes shown as a Java buffer',
    source: `${GUIDE}/Expressions.OperatorsAndFunctions.html`,
    oracle: /The BETWEEN operator requires .*java\.nio\.HeapByteBuffer/,
    engine: /The BETWEEN operator requires .*\{B:/,
  },
  {
    name: 'which of the overlapping paths are shown',
    source: `${GUIDE}/Expressions.UpdateExpressions.html`,
    oracle: /Two document paths (?:overlap|conflict) with each other; must remove or rewrite/,
    engine: /Two document paths (?:overlap|conflict) with each other; must remove or rewrite/,
  },
  {
    name: 'table that does not exist',
    source: `${API}/API_PutItem.html#API_PutItem_Errors`,
    oracle: /^Cannot do operations on a non-existent table$/,
    engine: /^Requested resource not found$/,
  },
  {
    name: 'consistent read of a global index',
    source: `${API}/API_Query.html#DDB-Query-request-ConsistentRead`,
    oracle: /^Consistent read cannot be true when (?:scanning|querying) a GSI$/,
    engine: /^Consistent reads are not supported on global secondary indexes$/,
  },
  {
    name: 'limit below one',
    source: `${API}/API_Query.html#DDB-Query-request-Limit`,
    oracle: /^Limit must be greater than or equal to 1$/,
    engine:
      /^1 validation error detected: Value '-?\d+' at 'limit' failed .* greater than or equal to 1$/,
  },
  {
    name: 'unknown word for ReturnValues',
    source: `${API}/API_PutItem.html#DDB-PutItem-request-ReturnValues`,
    oracle: /^Return values set to invalid value$/,
    engine: /^1 validation error detected: Value '\w+' at 'returnValues' failed .* enum value set/,
  },
  {
    name: 'type of a key, not named',
    source: `${API}/API_PutItem.html`,
    oracle:
      /^(?:One or more parameter values were invalid: Type mismatch for (?:k|Index K)ey|Invalid attribute value type)$/,
    engine:
      /^(?:One or more parameter values were invalid: Type mismatch for key \w+ expected: \w+ actual: \w+|The provided key element does not match the schema|The update expression attempted to update the secondary index key to unsupported type|One or more parameter values were invalid: Type mismatch for Index Key \w+ Expected: \w+ Actual: \w+ IndexName: \w+)$/,
  },
  {
    name: 'number of key attributes',
    source: `${API}/API_GetItem.html#DDB-GetItem-request-Key`,
    oracle: /^The number of conditions on the keys is invalid$/,
    engine: /^The provided key element does not match the schema$/,
  },
  {
    name: 'size of keys',
    source: `${GUIDE}/Constraints.html#limits-partition-sort-keys`,
    oracle:
      /^Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes$/,
    engine:
      /^One or more parameter values were invalid: (?:Size of hashkey|Aggregated size of all range keys) has exceeded/,
  },
  {
    name: 'missing key attribute, not named',
    source: `${API}/API_PutItem.html#DDB-PutItem-request-Item`,
    oracle: /^One of the required keys was not given a value$/,
    engine: /^One or more parameter values were invalid: Missing the key \w+ in the item$/,
  },
  {
    name: 'unknown word for Select',
    source: `${API}/API_Query.html#DDB-Query-request-Select`,
    oracle:
      /^Select must be ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, COUNT, or SPECIFIC_ATTRIBUTES$/,
    engine: /^1 validation error detected: Value '\w+' at 'select' failed .* enum value set/,
  },
  {
    name: 'token of another transaction, without a message',
    source: `${API}/API_TransactWriteItems.html#API_TransactWriteItems_Errors`,
    oracle: /^$/,
    engine: /^The provided client token was already used with different parameters$/,
  },
  {
    name: 'which of two indexes with an empty key is told',
    source: `${API}/API_PutItem.html`,
    oracle:
      /A value specified for a secondary index key is not supported.* IndexName: \w+, IndexKey: \w+$/,
    engine:
      /A value specified for a secondary index key is not supported.* IndexName: \w+, IndexKey: \w+$/,
  },
  {
    name: 'expression too long, without its size',
    source: `${GUIDE}/Constraints.html#limits-expression-parameters`,
    oracle: /: Expression size has exceeded the maximum allowed size;$/,
    engine: /: Expression size has exceeded the maximum allowed size; expression size: \d+$/,
  },
  {
    name: 'numbers shown as typed',
    source: `${GUIDE}/Expressions.OperatorsAndFunctions.html`,
    oracle: /The BETWEEN operator requires .*\{N:/,
    engine: /The BETWEEN operator requires .*\{N:/,
  },
  {
    name: 'missing expression in a transaction, without the count of errors',
    source: `${API}/API_Update.html`,
    oracle:
      /^Value null at 'transactItems\.\d+\.member\.(?:conditionCheck\.condition|update\.update)Expression' failed/,
    engine:
      /^1 validation error detected: Value null at 'transactItems\.\d+\.member\.(?:conditionCheck\.condition|update\.update)Expression' failed/,
  },
  {
    name: 'duplicates in a set, without the full stop',
    source: `${GUIDE}/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.SetTypes`,
    oracle: /Input collection \[.*\] contains duplicates(?!\.)/,
    engine: /Input collection (?:\[.*\] contains duplicates\.|contains duplicates)/,
  },
  {
    name: 'missing key condition, not named',
    source: `${API}/API_Query.html#DDB-Query-request-KeyConditionExpression`,
    oracle: /^Query condition missed key schema element$/,
    engine: /^Query condition missed key schema element: \w+$/,
  },
  {
    name: 'start key that does not fit',
    source: `${API}/API_Query.html#DDB-Query-request-ExclusiveStartKey`,
    oracle:
      /^(?:Exclusive Start Key must have same size as table's key schema|Type mismatch for attribute to update)$/,
    engine: /^The provided starting key is invalid$/,
  },
  {
    name: 'start key in another partition',
    source: `${API}/API_Query.html#DDB-Query-request-ExclusiveStartKey`,
    oracle: /^The provided starting key does not match the range key predicate$/,
    engine: /^The provided starting key is outside query boundaries based on provided conditions$/,
  },
];

export function wordingOf(oracle: unknown, engine: unknown): Wording | undefined {
  if (typeof oracle !== 'string' || typeof engine !== 'string' || oracle === engine)
    return undefined;
  return WORDINGS.find((known) => known.oracle.test(oracle) && known.engine.test(engine));
}

export function isKnownWording(oracle: unknown, engine: unknown): boolean {
  return wordingOf(oracle, engine) !== undefined;
}
