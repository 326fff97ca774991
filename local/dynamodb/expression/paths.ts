import { type AttributeValue, attributeOf, type Item } from '../attribute-value.ts';
import { validation } from '../errors.ts';
import { type Path, showPath } from './ast.ts';

/** The value at a path, or `undefined` when any step of it is missing. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value = attributeOf(item, path[0]);
  for (let index = 1; index < path.length && value !== undefined; index++) {
    value = child(value, path[index]);
  }
  return value;
}

function child(value: AttributeValue, step: string | number | undefined) {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return step !== undefined && 'M' in value ? attributeOf(value.M, step) : undefined;
}

/** Two paths of one expression must neither contain each other nor disagree about what a value is. */
export function checkPathsApart(label: string, paths: readonly Path[]): void {
  for (let second = 1; second < paths.length; second++) {
    for (let first = 0; first < second; first++) {
      const one = paths[first];
      const two = paths[second];
      if (one && two) checkPair(label, one, two);
    }
  }
}

function checkPair(label: string, one: Path, two: Path): void {
  const length = Math.min(one.length, two.length);
  for (let index = 0; index < length; index++) {
    if (one[index] === two[index]) continue;
    if (typeof one[index] !== typeof two[index]) throw clash(label, 'conflict', one, two);
    return;
  }
  throw clash(label, 'overlap', one, two);
}

function clash(label: string, verb: string, one: Path, two: Path): Error {
  return validation(
    `Invalid ${label}: Two document paths ${verb} with each other; must remove or rewrite one of these paths; path one: ${showPath(one)}, path two: ${showPath(two)}`,
  );
}
