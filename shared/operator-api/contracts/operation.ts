import type * as z from 'zod';
import type { ProblemCode } from './problem.ts';

/** What a token must allow before an operation is carried out. Neither implies the other. */
export const SCOPES = ['operators/read', 'operators/write'] as const;
export type Scope = (typeof SCOPES)[number];

export type Answer = { readonly description: string; readonly schema: z.ZodType };

/** One operation of the API: the server, the description and the tests are all made from it. */
export type Operation = {
  readonly id: string;
  readonly method: 'get' | 'post';
  /** In OpenAPI's spelling: `/v1/invoices/{seller}/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly scope: Scope;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
  /** What it may refuse, beyond what every operation may. */
  readonly refusals: readonly ProblemCode[];
};

/** Keeps the exact type of an operation, so that its handler is checked against its schemas. */
export function operation<const O extends Operation>(definition: O): O {
  return definition;
}

/** The status and body that a handler of this operation may give. */
export type AnswerOf<O extends Operation> = {
  [Status in keyof O['answers'] & number]: {
    readonly status: Status;
    readonly body: z.input<O['answers'][Status]['schema']>;
  };
}[keyof O['answers'] & number];
