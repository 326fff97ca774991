import type { Path } from './ast.ts';
import { checkPathsApart } from './paths.ts';
import type { Reader } from './reader.ts';

export function parseProjection(reader: Reader): readonly Path[] {
  const paths = [reader.takePath()];
  while (reader.takeSymbol(',')) paths.push(reader.takePath());
  reader.expectEnd();
  reader.throwFaults('names');
  checkPathsApart(reader.label, paths);
  return paths;
}
