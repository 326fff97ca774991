import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Json } from '#local/kernel/service.ts';
import { isObject } from '#local/template/json.ts';

/** One committed change: which service made it, and what that service needs to repeat it. */
export type JournalRecord = { service: string; record: Json };

const SYNC_INTERVAL_MS = 200;
const CHUNK_BYTES = 1 << 20;
const LINE_FEED = 0x0a;

/**
 * The append-only log of everything that was committed.
 *
 * A record is handed to the operating system before the call that caused it is answered, so killing
 * the process loses nothing that anybody was told. Power loss can lose the last
 * `SYNC_INTERVAL_MS`: syncing each record would cost more than all the rest of the call.
 */
export class Journal {
  readonly #fd: number;
  readonly #timer: NodeJS.Timeout;
  #isDirty = false;

  private constructor(path: string) {
    this.#fd = openSync(path, 'a');
    this.#timer = setInterval(() => this.#sync(), SYNC_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Opens the journal of a data folder for appending. */
  static open(directory: string): Journal {
    return new Journal(journalPath(directory));
  }

  append(service: string, record: Json): void {
    writeFully(this.#fd, encode({ service, record }));
    this.#isDirty = true;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#sync();
    closeSync(this.#fd);
  }

  #sync(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    fdatasyncSync(this.#fd);
  }
}

/**
 * Reads every whole record of a data folder, oldest first, in one turn: no timer of a half restored
 * engine can fire in between.
 *
 * A last line without its line feed is the record that a kill cut in two: its call was never
 * answered, so it never happened, and the compaction that follows drops it. Damage anywhere else cannot be survived by
 * guessing and stops the start.
 */
export function readJournal(
  directory: string,
  onRecord: (record: JournalRecord) => void,
): { records: number; tornBytes: number } {
  const path = journalPath(directory);
  if (!existsSync(path)) return { records: 0, tornBytes: 0 };
  const fd = openSync(path, 'r');
  try {
    return readLines(fd, (line, number) => onRecord(decode(line, number)));
  } finally {
    closeSync(fd);
  }
}

function readLines(fd: number, onLine: (line: string, number: number) => void) {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let records = 0;
  for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) {
    const data = Buffer.concat([rest, chunk.subarray(0, size)]);
    let from = 0;
    for (let end = data.indexOf(LINE_FEED); end >= 0; end = data.indexOf(LINE_FEED, from)) {
      records += 1;
      onLine(data.toString('utf8', from, end), records);
      from = end + 1;
    }
    rest = data.subarray(from);
  }
  return { records, tornBytes: rest.length };
}

/**
 * Replaces the journal by the fewest records that give the same state. The new file is complete
 * and on disk before it takes the name, so a kill at any moment leaves one whole journal.
 */
export function compactJournal(directory: string, records: Iterable<JournalRecord>): void {
  const path = journalPath(directory);
  const fd = openSync(`${path}.new`, 'w');
  let batch = '';
  for (const record of records) {
    batch += encode(record);
    if (batch.length < CHUNK_BYTES) continue;
    writeFully(fd, batch);
    batch = '';
  }
  writeFully(fd, batch);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${path}.new`, path);
}

function journalPath(directory: string): string {
  return join(directory, 'journal.jsonl');
}

function encode({ service, record }: JournalRecord): string {
  return `${JSON.stringify({ s: service, r: record })}\n`;
}

function decode(line: string, number: number): JournalRecord {
  const value = parseLine(line, number);
  if (isObject(value) && typeof value['s'] === 'string' && isObject(value['r'])) {
    return { service: value['s'], record: value['r'] };
  }
  throw new Error(`journal line ${number} is no record`);
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`journal line ${number} is damaged`, { cause });
  }
}

/** `writeSync` may write less than asked, for example when the disk is nearly full. */
function writeFully(fd: number, text: string): void {
  const data = Buffer.from(text);
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
}
