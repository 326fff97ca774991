import { isObject } from '#local/dynamodb/input.ts';
import type { Json } from '#local/kernel/service.ts';
import { textOf } from './canonical.ts';
import { count, type QuirkLog } from './quirk.ts';
import type { Target } from './targets.ts';

/** A quirk like those of `quirks.ts`, but taken out at once: equal items must look equal to be sorted. */
export const NUMBERS_QUIRK = {
  name: 'numbers inside documents are kept as typed',
  source:
    'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number',
};

/** "Leading and trailing zeroes are trimmed": DynamoDB Local does so at the top of an item only. */
export function withPlainNumbers(target: Target, log: QuirkLog): Target {
  return {
    async call(operation, input) {
      const answer = await target.call(operation, input);
      const plain = plainNumbers(answer.body);
      if (!isObject(plain) || textOf(plain) === textOf(answer.body)) return answer;
      count(log, NUMBERS_QUIRK.name);
      return { ...answer, body: plain };
    },
  };
}

/** Every number in normal form. What is in normal form already stays as it is, text by text. */
function plainNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (!isObject(value)) return value;
  const changed: Json = {};
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'N' && typeof inner === 'string') changed[name] = plainNumber(inner);
    else if (name === 'NS' && Array.isArray(inner))
      changed[name] = inner.map(String).map(plainNumber).sort();
    else changed[name] = plainNumbers(inner);
  }
  return changed;
}

/** Written apart from the engine's own code, so that neither can hide a mistake of the other. */
function plainNumber(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(power);
  const shifted =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : `${digits.slice(0, point).padEnd(point, '0')}.${digits.slice(point)}`;
  const plain = shifted.replace(/^0+(?=\d)/, '').replace(/\.?0*$/, '');
  const magnitude = plain === '' ? '0' : plain;
  return magnitude === '0' || sign !== '-' ? magnitude : `-${magnitude}`;
}
