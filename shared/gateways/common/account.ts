import * as z from 'zod';

/** Fields that every account has, as schema shape. `apiBaseUrl` is given per gateway. */
export const accountBase = {
  seller: z.string().min(1).max(64),
  test: z.boolean().default(false),
};

/** Schema of the address of a gateway's API with its default. */
export function apiBase(url: string) {
  return z.url({ protocol: /^https?$/ }).default(url);
}

/** Valid secrets, the current one first; more than one only while a rotation lasts. */
export const secrets = z.array(z.string().min(1)).min(1).max(5);
