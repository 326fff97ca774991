import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventSchemas } from './lib/event-schemas.ts';

/** `npm run docs:events`: writes the JSON Schema of every event to `docs/events/`. */
const folder = resolve(import.meta.dirname, '../docs/events');
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) rmSync(resolve(folder, file));
for (const [file, text] of eventSchemas()) writeFileSync(resolve(folder, file), text);
