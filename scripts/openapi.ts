import { readFile, writeFile } from 'node:fs/promises';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import type { Operation } from '#shared/operator-api/contracts/operation.ts';
import { OPERATIONS, refusalsOf } from '#shared/operator-api/contracts/operations.ts';
import {
  PROBLEMS,
  type ProblemCode,
  problemDetails,
} from '#shared/operator-api/contracts/problem.ts';

/** Where the description is committed, and from where the function hands it out. */
const FILE = new URL('../docs/openapi.json', import.meta.url);

const PROBLEM_JSON = { 'application/problem+json': { schema: problemDetails } };

/** Describes every operation of the operator API as OpenAPI 3.1. */
export function describeApi(): object {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Priliv operator API',
        version: '1.0.0',
        description:
          'Amounts are minor units as digits beside their currency. Moments are UTC, ISO 8601. ' +
          'Fields are only added within a version. Refusals are problem details (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      security: [],
      paths: pathsOf(OPERATIONS),
      components: {
        securitySchemes: {
          operators: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'Access token of the operators pool. Scopes: operators/read, operators/write.',
          },
        },
      },
    },
    {
      // A caller must bear fields that later versions add to answers; in requests they stay refused.
      override: ({ jsonSchema, io }) => {
        if (io === 'output') delete jsonSchema.additionalProperties;
      },
    },
  );
}

function pathsOf(operations: readonly Operation[]) {
  const byPath = Map.groupBy(operations, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, of]) => [
      path,
      Object.fromEntries(of.map((operation) => [operation.method, described(operation)])),
    ]),
  );
}

function described(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, scope, params, query, headers, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: [{ operators: [scope] }],
    requestParams: { path: params, query, ...(headers && { header: headers }) },
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
    }),
    responses: { ...answersOf(operation), ...problemsOf(operation) },
  };
}

function answersOf({ answers }: Operation) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => [
      status,
      { description, content: { 'application/json': { schema } } },
    ]),
  );
}

/** One response per status, naming every problem that has it. */
function problemsOf(operation: Operation) {
  const byStatus = Map.groupBy(refusalsOf(operation), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      { description: codes.map(problemLine).join('\n'), content: PROBLEM_JSON },
    ]),
  );
}

function problemLine(code: ProblemCode): string {
  return `- \`${code}\`: ${PROBLEMS[code].title}.`;
}

/** The text of the committed file. */
export function descriptionText(): string {
  return `${JSON.stringify(describeApi(), null, 2)}\n`;
}

/** `node scripts/openapi.ts` writes the file; with `--check` it only says whether it is up to date. */
async function main(): Promise<void> {
  if (!process.argv.includes('--check')) return writeFile(FILE, descriptionText());
  if ((await readFile(FILE, 'utf8')) === descriptionText()) return;
  process.stderr.write('docs/openapi.json is out of date: run node scripts/openapi.ts\n');
  process.exitCode = 1;
}

if (import.meta.main) await main();
