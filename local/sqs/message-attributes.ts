import { AwsError } from '#local/kernel/aws-error.ts';
import { isJson } from '#local/kernel/input.ts';
import type { Json } from '#local/kernel/service.ts';

const MAX_ATTRIBUTES = 10;
const NAME = /^[\w-]+(\.[\w-]+)*$/;
const MAX_NAME_LENGTH = 256;
const RESERVED = /^(aws|amazon)\./i;
const TYPE = /^(String|Number|Binary)(\..*)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function refuse(message: string): never {
  throw new AwsError('InvalidParameterValue', message);
}

/** The rules that AWS documents for the attributes of a message. */
export function checkMessageAttributes(attributes: Json): Json {
  const names = Object.keys(attributes);
  if (names.length > MAX_ATTRIBUTES) {
    refuse(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  for (const name of names) {
    checkName(name);
    checkValue(name, attributes[name]);
  }
  return attributes;
}

function checkName(name: string): void {
  if (name.length > MAX_NAME_LENGTH) {
    refuse(`Message (user) attribute name '${name}' is longer than ${MAX_NAME_LENGTH} characters.`);
  }
  if (RESERVED.test(name)) {
    refuse(`Message (user) attribute name '${name}' starts with a reserved prefix.`);
  }
  if (!NAME.test(name)) {
    refuse(
      `Message (user) attribute name '${name}' may only have letters, digits, underscores, hyphens and single periods that neither begin nor end it.`,
    );
  }
}

function checkValue(name: string, attribute: unknown): void {
  const type = isJson(attribute) ? attribute['DataType'] : undefined;
  if (!isJson(attribute) || typeof type !== 'string' || !TYPE.test(type)) {
    refuse(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const value = attribute[type.startsWith('Binary') ? 'BinaryValue' : 'StringValue'];
  if (value === undefined || value === '') {
    refuse(`Message (user) attribute '${name}' must contain a non-empty value of type '${type}'.`);
  }
  if (type.startsWith('Number') && !NUMBER.test(String(value))) {
    refuse(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}
