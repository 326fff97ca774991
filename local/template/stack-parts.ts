import type { StackTemplate } from './assembly.ts';
import { asObject, asText, type JsonObject } from './json.ts';
import { RESOURCE_KINDS } from './resource-kinds.ts';

/** Mails and messages to people go nowhere here; a subscriber that computes would be missed. */
export function whyRefused(type: string, properties: JsonObject): string | undefined {
  if (!(type in RESOURCE_KINDS)) return type;
  const protocol = properties['Protocol'];
  const isToCode = type === 'AWS::SNS::Subscription' && !/^(email|sms)/.test(String(protocol));
  return isToCode ? `${type} by ${String(protocol)}` : undefined;
}

export function resourcesOf(stack: StackTemplate): JsonObject {
  return asObject(stack.template['Resources'] ?? {}, `resources of ${stack.name}`);
}

export function outputsOf(stack: StackTemplate): JsonObject {
  return asObject(stack.template['Outputs'] ?? {}, `outputs of ${stack.name}`);
}

export function propertiesOf(stack: StackTemplate, logicalId: string): JsonObject {
  const resource = asObject(resourcesOf(stack)[logicalId], `resource ${logicalId}`);
  return asObject(resource['Properties'] ?? {}, `properties of ${logicalId}`);
}

export function typeOf(resource: unknown): string {
  return asText(asObject(resource, 'resource')['Type'], 'resource type');
}
