import {
  type AttributeValue,
  attributeOf,
  type Item,
  type MutableItem,
  setAttribute,
} from '../attribute-value.ts';
import type { Path } from './ast.ts';

/** Which children of a value are wanted; `true` takes the value whole. */
type Wanted = true | Map<string | number, Wanted>;

/** The parts of an item at the given paths. Lists keep the order of the stored list, without gaps. */
export function project(item: Item, paths: readonly Path[]): Item {
  if (paths.every((path) => path.length === 1)) return projectNames(item, paths);
  const wanted = new Map<string | number, Wanted>();
  for (const path of paths) addWanted(wanted, path, 0);
  return pickAttributes(item, wanted);
}

function projectNames(item: Item, paths: readonly Path[]): Item {
  const picked: MutableItem = {};
  for (const [name] of paths) {
    const value = attributeOf(item, name);
    if (value !== undefined) setAttribute(picked, name, value);
  }
  return picked;
}

function addWanted(wanted: Map<string | number, Wanted>, path: Path, index: number): void {
  const step = path[index];
  if (step === undefined) return;
  if (index === path.length - 1) {
    wanted.set(step, true);
    return;
  }
  const known = wanted.get(step);
  const inner = known instanceof Map ? known : new Map<string | number, Wanted>();
  wanted.set(step, inner);
  addWanted(inner, path, index + 1);
}

function pickAttributes(item: Item, wanted: Map<string | number, Wanted>): Item {
  const picked: MutableItem = {};
  for (const [name, inner] of wanted) {
    if (typeof name === 'number') continue;
    const value = attributeOf(item, name);
    const part = value && pick(value, inner);
    if (part) setAttribute(picked, name, part);
  }
  return picked;
}

function pick(value: AttributeValue, wanted: Wanted): AttributeValue | undefined {
  if (wanted === true) return value;
  if ('M' in value) {
    const picked = pickAttributes(value.M, wanted);
    return Object.keys(picked).length === 0 ? undefined : { M: picked };
  }
  if (!('L' in value)) return undefined;
  const picked = value.L.flatMap((element, index) => {
    const inner = wanted.get(index);
    const part = inner && pick(element, inner);
    return part ? [part] : [];
  });
  return picked.length === 0 ? undefined : { L: picked };
}
