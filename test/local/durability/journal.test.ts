import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DurableState } from '#local/durability/durable-state.ts';
import { type JournalRecord, readJournal } from '#local/durability/journal.ts';
import { KEPT_VALUES, KeptValues } from '#local/durability/kept-values.ts';

const newDirectory = () => mkdtempSync(join(tmpdir(), 'journal-'));

/** Opens the folder as a cloud would: restores, compacts, goes on recording. */
function open(directory: string) {
  const durable = new DurableState(directory);
  const kept = new KeptValues(durable);
  const read = durable.load(new Map([[KEPT_VALUES, kept]]));
  return { durable, kept, read };
}

function journalOf(directory: string): JournalRecord[] {
  const records: JournalRecord[] = [];
  readJournal(directory, (record) => records.push(record));
  return records;
}

describe('the journal', () => {
  it('brings back what was kept, in the order it was first kept', () => {
    const directory = newDirectory();
    const first = open(directory);
    first.kept.set('b', { n: 1 });
    first.kept.set('a', { n: 2 });
    first.kept.set('b', { n: 3 });
    first.kept.set('gone', { n: 4 });
    first.kept.delete('gone');
    first.durable.close();

    const { kept, durable } = open(directory);
    expect(kept.startingWith('')).toEqual([
      ['b', { n: 3 }],
      ['a', { n: 2 }],
    ]);
    durable.close();
  });

  it('has the record in the file before the call returns', () => {
    const directory = newDirectory();
    const { kept, durable } = open(directory);
    kept.set('a', { n: 1 });
    // Not closed, not synced: this is what a killed process leaves behind.
    expect(readFileSync(join(directory, 'journal.jsonl'), 'utf8')).toContain('"a"');
    durable.close();
  });

  it('shrinks to one record per value at every start', () => {
    const directory = newDirectory();
    const first = open(directory);
    for (let n = 0; n < 100; n += 1) first.kept.set('counter', { n });
    first.durable.close();
    expect(journalOf(directory)).toHaveLength(100);
    const second = open(directory);
    expect(second.read.records).toBe(100);
    second.durable.close();
    expect(journalOf(directory)).toEqual([
      { service: KEPT_VALUES, record: { key: 'counter', value: { n: 99 } } },
    ]);
  });

  it('forgets a last record that a kill cut in two, and goes on', () => {
    const directory = newDirectory();
    const first = open(directory);
    first.kept.set('whole', { n: 1 });
    first.durable.close();
    appendFileSync(join(directory, 'journal.jsonl'), '{"s":"runtime","r":{"key":"to');

    const second = open(directory);
    expect(second.read.tornBytes).toBeGreaterThan(0);
    second.kept.set('after', { n: 2 });
    second.durable.close();
    const third = open(directory);
    expect(third.kept.startingWith('').map(([key]) => key)).toEqual(['whole', 'after']);
    third.durable.close();
  });

  it('refuses to start over a record that is damaged in the middle', () => {
    const directory = newDirectory();
    const good = '{"s":"runtime","r":{"key":"a","value":{}}}\n';
    writeFileSync(join(directory, 'journal.jsonl'), `${good}{"s":"run\n${good}`);
    expect(() => open(directory)).toThrow('journal line 2 is damaged');
  });

  it('reads records that are longer than its buffer', () => {
    const directory = newDirectory();
    const first = open(directory);
    const text = 'ж'.repeat(3_000_000);
    first.kept.set('long', { text });
    first.durable.close();
    const second = open(directory);
    expect(second.kept.get('long')).toEqual({ text });
    second.durable.close();
  });
});

describe('a data folder', () => {
  it('belongs to one process at a time', () => {
    const directory = newDirectory();
    const { durable } = open(directory);
    expect(() => open(directory)).toThrow('is in use by process');
    durable.close();
    open(directory).durable.close();
  });

  it('is taken over when its process was killed', () => {
    const directory = newDirectory();
    // Process ids end long before this number.
    writeFileSync(join(directory, 'lock'), '999999999');
    expect(() => open(directory).durable.close()).not.toThrow();
  });
});
