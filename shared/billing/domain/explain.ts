import { type Currency, minorDigits } from '#shared/kernel/currency.ts';
import { plus, type Ratio, ratio, times, ZERO } from '#shared/kernel/ratio.ts';
import { INPUT_WORDS, type Language, PHRASES, SOURCE_WORDS, type Unit } from './explain-words.ts';
import type { Expression, Input, Operation, Share } from './expression.ts';
import { formatMoney, formatNumber } from './format-number.ts';

type Part = { readonly part: Expression; readonly unit: Unit };
type Reader = { readonly language: Language; readonly currency: Currency };

const SIGN = { plus: ' + ', minus: ' − ', times: ' × ', over: ' ÷ ' } as const;

/**
 * Says how an amount came about, a step a line, the amount itself last: for operators and payers.
 *
 * It reads the derivation only, so it cannot tell another story than the computation did.
 */
export function explainLine(
  expression: Expression,
  language: Language,
  currency: Currency,
): string[] {
  const reader = { language, currency };
  const unit = unitOf(expression) ?? 'money';
  if (expression.op === 'input') return [operand(expression, unit, reader)];
  const steps = new Map<Expression, string>();
  addSteps(expression, unit, reader, steps);
  return [...steps.values()];
}

/** Adds the steps of what an expression is made of, then its own. */
function addSteps(
  expression: Operation | Share,
  unit: Unit,
  reader: Reader,
  steps: Map<Expression, string>,
): void {
  if (steps.has(expression)) return;
  for (const { part, unit: own } of namedParts(expression, unit)) {
    if (part.op !== 'input') addSteps(part, own, reader, steps);
  }
  steps.set(expression, stepOf(expression, unit, reader));
}

/** The operands that a step names by their value alone, because a step of their own tells the rest. */
function namedParts(expression: Operation | Share, unit: Unit): readonly Part[] {
  if (expression.op === 'share') return [{ part: expression.whole, unit }];
  return partsOf(expression, unit).flatMap(({ part, unit: own }) =>
    isInlined(part, expression) ? namedParts(part, own) : [{ part, unit: own }],
  );
}

/** The operands of an operation, each with the unit in which it stands there. */
function partsOf(expression: Operation, unit: Unit): readonly Part[] {
  const { of } = expression;
  // What is added or compared is of one unit: an allowance of a sum of money is money, too.
  if (!isChain(expression)) return of.map((part) => ({ part, unit }));
  const units = of.map(unitOf);
  const isOther = unit === 'money' && !units.includes('money');
  return of.map((part, index) => {
    const own = isOther && index === 0 ? unit : units[index];
    return { part, unit: own ?? unit };
  });
}

/** Whether a formula shows an operand by its own formula. */
function isInlined(part: Expression, within: Operation): part is Operation {
  if (part.op === 'input' || part.op === 'share') return false;
  if (isRounding(within)) return !isRounding(part);
  return isConstantSum(part) || (isChain(within) && isChain(part) && part === within.of[0]);
}

function isRounding({ op }: Operation): boolean {
  return op === 'round' || op === 'ceiling' || op === 'floor';
}

function isChain({ op }: Operation): boolean {
  return op === 'times' || op === 'over';
}

/** `100 + 22` and `100 % − 10 %`: shorter in brackets than as a step. */
function isConstantSum({ op, of: [first] }: Operation): boolean {
  if (op !== 'plus' && op !== 'minus') return false;
  return first?.op === 'input' && (first.name === 'hundred' || first.name === 'one');
}

function stepOf(expression: Operation | Share, unit: Unit, reader: Reader): string {
  const value = number(expression.value, unit, reader);
  const text = formula(expression, unit, reader);
  if (expression.op === 'share' || !isRounding(expression)) return `${value} = ${text}`;
  const [exact] = expression.of;
  if (!exact || exact.value.den === 1n) return `${value} = ${text}`;
  const unrounded = exact.op === 'input' ? '' : ` = ${number(exact.value, unit, reader)}`;
  return `${value} = ${text}${unrounded}, ${roundingWords(expression, unit, reader)}`;
}

function roundingWords({ op }: Operation, unit: Unit, { language, currency }: Reader): string {
  const phrases = PHRASES[language];
  if (op === 'ceiling') return phrases.roundedUp;
  if (op === 'floor') return phrases.roundedDown;
  const digits = unit === 'money' ? minorDigits(currency) : 0;
  return phrases.rounded(formatNumber(ratio(1n, 10n ** BigInt(digits)), language, digits));
}

function formula(expression: Operation | Share, unit: Unit, reader: Reader): string {
  const phrases = PHRASES[reader.language];
  if (expression.op === 'share') return shareFormula(expression, unit, reader);
  const parts = partsOf(expression, unit).map(({ part, unit: own }) => {
    if (!isInlined(part, expression)) return operand(part, own, reader);
    const text = formula(part, own, reader);
    return isConstantSum(part) && !isRounding(expression) ? `(${text})` : text;
  });
  switch (expression.op) {
    case 'plus':
    case 'minus':
    case 'times':
    case 'over':
      return parts.join(SIGN[expression.op]);
    case 'smallest':
    case 'largest':
      return `${phrases[expression.op]} ${parts.join(phrases.and)}`;
    default:
      return parts.join('');
  }
}

function shareFormula({ whole, weights, index }: Share, unit: Unit, reader: Reader): string {
  const weight = number(weights[index] ?? ZERO, 'money', reader);
  const total = number(weights.reduce(plus, ZERO), 'money', reader);
  const { byRemainder } = PHRASES[reader.language];
  return `${operand(whole, unit, reader)} × ${weight} ÷ ${total}, ${byRemainder}`;
}

/** A number, and for an input what it is and where it is from. */
function operand(expression: Expression, unit: Unit, reader: Reader): string {
  const value = number(expression.value, unit, reader);
  if (expression.op !== 'input') return expression.value.num < 0n ? `(${value})` : value;
  const about = inputWords(expression, reader);
  return about === '' ? value : `${value} (${about})`;
}

function inputWords({ name, source }: Input, { language }: Reader): string {
  const words = INPUT_WORDS[name][language];
  const [, kind = '', id = ''] = /^(\w+):(.*)$/s.exec(source ?? '') ?? [];
  const from = Object.hasOwn(SOURCE_WORDS, kind) ? SOURCE_WORDS[kind] : undefined;
  return from && words !== '' ? `${words}, ${from[language]} ${id}` : words;
}

function number(value: Ratio, unit: Unit, { language, currency }: Reader): string {
  if (unit === 'money') return formatMoney(value, currency, language);
  if (unit === 'count') return formatNumber(value, language);
  const percent = unit === 'percent' ? times(value, ratio(100n)) : value;
  return `${formatNumber(percent, language)}\u00a0%`;
}

/** What an expression counts, as far as its inputs tell. */
function unitOf(expression: Expression): Unit | undefined {
  if (expression.op === 'input') return INPUT_WORDS[expression.name].unit;
  if (expression.op === 'share') return unitOf(expression.whole);
  const units = expression.of.map(unitOf);
  if (units.includes('money')) return 'money';
  const [first] = units;
  if (expression.op === 'over' && first === units[1]) return 'count';
  return units.find((unit) => unit !== undefined);
}
