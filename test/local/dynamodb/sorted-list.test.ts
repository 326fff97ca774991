import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedList } from '#local/dynamodb/sorted-list.ts';

const at = (number: number) => ({ sort: String(number).padStart(6, '0'), tie: '' });

describe('sorted list', () => {
  // Goal: a list of chunks behaves as one sorted array. Method: random edits against a Map.
  it('agrees with a sorted map after any edits', () => {
    const edit = fc.record({ key: fc.integer({ min: 0, max: 3000 }), removes: fc.boolean() });
    const property = fc.property(
      fc.array(edit, { maxLength: 400 }),
      fc.integer({ min: 0, max: 3000 }),
      (edits, bound) => {
        const list = new SortedList<{ sort: string; tie: string; value: number }>();
        const model = new Map<string, number>();
        // Enough entries to begin with that chunks are split and emptied.
        for (let key = 0; key < 3000; key += 2) {
          list.set({ ...at(key), value: key });
          model.set(at(key).sort, key);
        }
        edits.forEach(({ key, removes }, value) => {
          if (removes) expect(list.delete(at(key)) !== undefined).toBe(model.delete(at(key).sort));
          else {
            list.set({ ...at(key), value });
            model.set(at(key).sort, value);
          }
        });
        const expected = [...model].sort(([one], [two]) => (one < two ? -1 : 1));
        const pairs = (entries: Iterable<{ sort: string; value: number }>) =>
          [...entries].map(({ sort, value }) => [sort, value]);
        const { sort: limit } = at(bound);
        expect(list.size).toBe(model.size);
        expect(list.get(at(bound))?.value).toBe(model.get(limit));
        expect(pairs(list.ascending())).toEqual(expected);
        expect(pairs(list.descending())).toEqual(expected.toReversed());
        expect(pairs(list.ascending(at(bound)))).toEqual(
          expected.filter(([sort]) => sort >= limit),
        );
        expect(pairs(list.ascending(at(bound), true))).toEqual(
          expected.filter(([sort]) => sort > limit),
        );
        expect(pairs(list.descending(at(bound)))).toEqual(
          expected.filter(([sort]) => sort <= limit).toReversed(),
        );
        expect(pairs(list.descending(at(bound), true))).toEqual(
          expected.filter(([sort]) => sort < limit).toReversed(),
        );
      },
    );
    fc.assert(property, { numRuns: 40 });
  });

  it('empties completely', () => {
    const list = new SortedList<{ sort: string; tie: string }>();
    for (let key = 0; key < 2000; key++) list.set(at((key * 7919) % 2000));
    for (let key = 0; key < 2000; key++) expect(list.delete(at(key))).toEqual(at(key));
    expect(list.size).toBe(0);
    expect(list.first()).toBeUndefined();
    expect([...list.descending()]).toEqual([]);
  });
});
