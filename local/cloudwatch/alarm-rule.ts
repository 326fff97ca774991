import { AwsError } from '#local/kernel/aws-error.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** A composite alarm's rule: whether it holds, given the state of each alarm it names. */
export type AlarmRule = {
  holds(stateOf: (alarmName: string) => AlarmState | undefined): boolean;
  alarmNames: ReadonlySet<string>;
};

type Holds = AlarmRule['holds'];

const TOKEN = /\s*("[^"]*"|[()]|[^\s()"]+)/y;

function refused(text: string): AwsError {
  return new AwsError('ValidationError', `Invalid AlarmRule: ${text}`);
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const scanner = new RegExp(TOKEN);
  while (scanner.lastIndex < text.trimEnd().length) {
    const token = scanner.exec(text)?.[1];
    if (token === undefined) throw refused(text);
    tokens.push(token);
  }
  return tokens;
}

function isState(text: string): text is AlarmState {
  return text === 'OK' || text === 'ALARM' || text === 'INSUFFICIENT_DATA';
}

class RuleParser {
  readonly #text: string;
  readonly #tokens: string[];
  readonly names = new Set<string>();

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Holds {
    const rule = this.#any();
    if (this.#tokens.length > 0) throw refused(this.#text);
    return rule;
  }

  #any(): Holds {
    const parts = [this.#all()];
    while (this.#take('OR')) parts.push(this.#all());
    return (stateOf) => parts.some((part) => part(stateOf));
  }

  #all(): Holds {
    const parts = [this.#one()];
    while (this.#take('AND')) parts.push(this.#one());
    return (stateOf) => parts.every((part) => part(stateOf));
  }

  #one(): Holds {
    if (this.#take('NOT')) {
      const inner = this.#one();
      return (stateOf) => !inner(stateOf);
    }
    if (this.#take('TRUE')) return () => true;
    if (this.#take('FALSE')) return () => false;
    if (this.#take('(')) {
      const inner = this.#any();
      this.#expect(')');
      return inner;
    }
    return this.#stateIs();
  }

  #stateIs(): Holds {
    const wanted = this.#tokens.shift() ?? '';
    if (!isState(wanted)) throw refused(this.#text);
    this.#expect('(');
    const name = this.#name();
    this.#expect(')');
    this.names.add(name);
    return (stateOf) => stateOf(name) === wanted;
  }

  /** A name or an ARN, with or without quotes; a name without quotes may have spaces. */
  #name(): string {
    const words: string[] = [];
    while (this.#tokens.length > 0 && this.#tokens[0] !== ')')
      words.push(this.#tokens.shift() ?? '');
    const text = words.join(' ').replace(/^"|"$/g, '');
    if (text === '') throw refused(this.#text);
    return text.startsWith('arn:') ? text.split(':').slice(6).join(':') : text;
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw refused(this.#text);
  }
}

export function parseAlarmRule(text: string): AlarmRule {
  const parser = new RuleParser(text);
  const holds = parser.whole();
  return { holds, alarmNames: parser.names };
}
