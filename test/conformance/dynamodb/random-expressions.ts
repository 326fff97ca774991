import type { Json } from '#local/kernel/service.ts';
import type { Draw } from './draw.ts';
import { anyValue, listValue, mapValue, scalarOf, setOf } from './random-values.ts';

/** Attributes that are no key of anything; some are reserved words. */
export const FREE_NAMES = ['a', 'b', 'n', 's', 'l', 'm', 'ss', 'ns', 'bs', 'status', 'size'];
const RESERVED = ['status', 'size'];

/** Writes expressions of one request and collects their placeholders. */
export class ExpressionWriter {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, Json> = {};
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** The placeholders as request fields, absent when there are none. */
  fields(): Json {
    return {
      ...(Object.keys(this.names).length > 0 ? { ExpressionAttributeNames: this.names } : {}),
      ...(Object.keys(this.values).length > 0 ? { ExpressionAttributeValues: this.values } : {}),
    };
  }

  name(attribute: string): string {
    const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(attribute) && !RESERVED.includes(attribute);
    if (isPlain && this.#draw.percent(75)) return attribute;
    const placeholder = `#${/^\w+$/.test(attribute) ? attribute : 'odd'}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: Json): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  /** A document path: mostly a top attribute, sometimes inside a map or a list. */
  path(names: readonly string[] = FREE_NAMES): string {
    const draw = this.#draw;
    const attribute = draw.one(names);
    let path = this.name(attribute);
    // Keys are scalars: to look into them is an error, which is made elsewhere and on purpose.
    const steps = !FREE_NAMES.includes(attribute) || draw.percent(70) ? 0 : draw.one([1, 1, 2, 3]);
    for (let step = 0; step < steps; step++) {
      // Mostly a step that fits what the attribute holds, so that it leads somewhere.
      const isMap = step > 0 || draw.percent(20) ? draw.percent(55) : attribute !== 'l';
      path += isMap
        ? `.${this.name(draw.one(['x', 'y', 'z', 'status']))}`
        : `[${draw.one([0, 0, 1, 2, 5])}]`;
    }
    return path;
  }

  condition(names: readonly string[] = FREE_NAMES, depth = 0): string {
    const draw = this.#draw;
    if (depth >= 3 || draw.percent(60)) return this.#predicate(names);
    const inner = () => this.condition(names, depth + 1);
    return draw.make([
      () => `${inner()} AND ${inner()}`,
      () => `${inner()} OR ${inner()}`,
      () => `NOT ${inner()}`,
      () => `(${inner()} OR ${inner()}) AND ${inner()}`,
      () => `(${inner()})`,
      () => `not (${inner()} and ${inner()})`,
    ]);
  }

  projection(names: readonly string[] = FREE_NAMES): string {
    const some = this.#draw.some(names, this.#draw.between(1, 4));
    return some.map((name) => this.path([name])).join(', ');
  }

  update(names: readonly string[] = FREE_NAMES): string {
    const draw = this.#draw;
    const sections = draw.some([0, 0, 0, 1, 2, 3], draw.one([1, 1, 1, 2, 2, 3]));
    const different = [...new Set(sections)];
    // No two actions name one attribute: overlapping paths are an error, made elsewhere on purpose.
    const left = draw.some(names, names.length);
    return different.map((section) => this.#section(section, left)).join(' ');
  }

  #section(section: number, left: string[]): string {
    const draw = this.#draw;
    const actions = (make: (name: string) => string) =>
      left
        .splice(0, draw.one([1, 1, 2, 3]))
        .map(make)
        .join(', ');
    if (section === 0) return `SET ${actions((name) => `${this.path([name])} = ${this.#sum()}`)}`;
    if (section === 1) return `REMOVE ${actions((name) => this.path([name]))}`;
    const isAdd = section === 2;
    return `${isAdd ? 'ADD' : 'DELETE'} ${actions((name) => {
      const value = draw.percent(98) ? this.#addend(name, isAdd) : anyValue(draw);
      return `${draw.percent(85) ? this.name(name) : this.path([name])} ${this.value(value)}`;
    })}`;
  }

  /** Mostly of the type that the attribute's name promises. */
  #addend(name: string, isAdd: boolean): Json {
    const draw = this.#draw;
    if (name === 'n' && isAdd) return scalarOf(draw, 'N');
    if (name === 'ss') return setOf(draw, 'SS');
    if (name === 'ns') return setOf(draw, 'NS');
    if (name === 'bs') return setOf(draw, 'BS');
    return this.#setOrNumber(isAdd);
  }

  #setOrNumber(withNumber: boolean): Json {
    const draw = this.#draw;
    if (withNumber && draw.percent(50)) return scalarOf(draw, 'N');
    return setOf(draw, draw.one(['SS', 'NS', 'BS']));
  }

  #sum(): string {
    const draw = this.#draw;
    if (draw.percent(65)) return this.#term(0);
    const number = () => {
      if (draw.percent(60)) return this.value(scalarOf(draw, 'N'));
      return draw.percent(75)
        ? this.name('n')
        : `if_not_exists(${this.path()}, ${this.value({ N: '0' })})`;
    };
    return `${number()} ${draw.one(['+', '-'])} ${number()}`;
  }

  #term(depth: number): string {
    const draw = this.#draw;
    const list = () => (draw.percent(55) ? this.value(listValue(draw)) : this.name('l'));
    const makers = [
      () => this.value(anyValue(draw)),
      () => this.value(anyValue(draw)),
      () => this.value(draw.percent(50) ? listValue(draw) : mapValue(draw)),
      () => this.path(),
    ];
    if (depth > 1) return draw.make(makers);
    return draw.make([
      ...makers,
      () => `if_not_exists(${this.path()}, ${this.#fallback(depth)})`,
      () => (depth > 0 ? this.path() : `list_append(${list()}, ${list()})`),
      () =>
        depth > 0
          ? this.path()
          : `list_append(if_not_exists(${this.path()}, ${this.value(listValue(draw))}), ${list()})`,
    ]);
  }

  /** Never a path: DynamoDB Local looks for it even where it is not needed. */
  #fallback(depth: number): string {
    if (depth > 0 || this.#draw.percent(70)) return this.value(anyValue(this.#draw));
    return `if_not_exists(${this.path()}, ${this.#fallback(depth + 1)})`;
  }

  #predicate(names: readonly string[]): string {
    const draw = this.#draw;
    const path = () => this.path(names);
    const operand = () => this.#operand(names);
    return draw.make([
      () => `attribute_exists(${path()})`,
      () => `attribute_not_exists(${path()})`,
      () => `attribute_type(${path()}, ${this.#typeName()})`,
      () => `begins_with(${path()}, ${this.value(scalarOf(draw, draw.one(['S', 'S', 'B'])))})`,
      () => `contains(${path()}, ${draw.percent(80) ? this.value(anyValue(draw, 2)) : path()})`,
      () => `${path()} BETWEEN ${this.#bounds()}`,
      () => `${operand()} IN (${draw.times(draw.between(1, 3), operand).join(', ')})`,
      () => `size(${path()}) ${comparator(draw)} ${this.value(smallNumber(draw))}`,
      () => `${operand()} ${draw.one(['=', '<>'])} ${operand()}`,
      () => `${path()} ${comparator(draw)} ${path()}`,
      () => `${path()} ${draw.one(['=', '<>'])} ${this.value(anyValue(draw))}`,
      () =>
        `${path()} ${comparator(draw)} ${this.value(scalarOf(draw, draw.one(['S', 'N', 'B'])))}`,
      () => `${path()} = ${this.value(anyValue(draw))}`,
    ]);
  }

  #typeName(): string {
    const types = ['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS'];
    if (this.#draw.percent(98)) return this.value({ S: this.#draw.one(types) });
    return this.value(this.#draw.one([{ N: '1' }, { S: 'X' }]));
  }

  #bounds(): string {
    const draw = this.#draw;
    const kind = draw.one(['S', 'N', 'B']);
    const values = [scalarOf(draw, kind), scalarOf(draw, draw.percent(99) ? kind : 'S')];
    // Bounds in the wrong order are an error of their own and must not be the usual case.
    const sorted = draw.percent(98) ? values.sort((one, two) => order(one, two)) : values;
    return sorted.map((value) => this.value(value)).join(' AND ');
  }

  #operand(names: readonly string[]): string {
    const draw = this.#draw;
    if (draw.percent(45)) return this.path(names);
    if (draw.percent(12)) return `size(${this.path(names)})`;
    return this.value(anyValue(draw));
  }
}

function order(one: Json, two: Json): number {
  if (typeof one['N'] === 'string' && typeof two['N'] === 'string')
    return Number(one['N']) - Number(two['N']);
  return String(Object.values(one)[0]) < String(Object.values(two)[0]) ? -1 : 1;
}

function smallNumber(draw: Draw): Json {
  return { N: String(draw.below(5)) };
}

export function comparator(draw: Draw): string {
  return draw.one(['=', '=', '<>', '<', '<=', '>', '>=']);
}
