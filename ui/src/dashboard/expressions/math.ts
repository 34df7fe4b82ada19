/**
 * `$A / ($B + 1) * 100`: the arithmetic of Grafana's server-side expressions. From loose to tight: `||`, `&&`, comparisons,
 * `+ -`, `* / %`, `**`, then `-` and `!` before a value. A comparison is 1 or 0. Pure.
 */
import { combined, ExpressionError, type Item, mapped, paired } from './items';

/** The items of a query, or `undefined` where there is no query of that name. */
export type Lookup = (refId: string) => readonly Item[] | undefined;

/** Calculates a text. */
export function calculate(text: string, lookup: Lookup): Item[] {
  const reader = new Reader(tokensOf(text), lookup);
  return reader.whole();
}

/** The queries that a text names. */
export function namesIn(text: string): string[] {
  return tokensOf(text).flatMap(({ kind, text: own }) => (kind === 'query' ? [own] : []));
}

interface Token {
  kind: 'number' | 'query' | 'name' | 'sign';
  text: string;
}

const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|\$\{(?<braced>[^}]+)\}|\$(?<query>\w+)|(?<name>[a-z_]+)|(?<sign>\*\*|\|\||&&|[<>=!]=|[-+*/%<>!(),]))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    end = TOKEN.lastIndex;
    const { number, braced, query, name, sign } = match.groups ?? {};
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (braced ?? query) tokens.push({ kind: 'query', text: braced ?? query ?? '' });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  const rest = text.slice(end).trim();
  if (rest !== '') throw new ExpressionError(`the expression ${text} cannot be read from “${rest}” on`);
  return tokens;
}

type Operate = (a: number, b: number) => number;

const truth = (is: boolean): number => (is ? 1 : 0);
const holds = (value: number): boolean => value !== 0 && !Number.isNaN(value);

/** Operators by how tightly they bind. */
const LEVELS: readonly Readonly<Record<string, Operate>>[] = [
  { '||': (a, b) => truth(holds(a) || holds(b)) },
  { '&&': (a, b) => truth(holds(a) && holds(b)) },
  {
    '==': (a, b) => truth(a === b),
    '!=': (a, b) => truth(a !== b),
    '>': (a, b) => truth(a > b),
    '<': (a, b) => truth(a < b),
    '>=': (a, b) => truth(a >= b),
    '<=': (a, b) => truth(a <= b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
  { '**': (a, b) => a ** b },
];

const FUNCTIONS: Readonly<Record<string, (value: number | null) => number | null>> = {
  abs: known(Math.abs),
  log: known(Math.log),
  round: known(Math.round),
  ceil: known(Math.ceil),
  floor: known(Math.floor),
  is_inf: (value) => truth(value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY),
  is_nan: (value) => truth(Number.isNaN(value)),
  is_null: (value) => truth(value === null),
  is_number: (value) => truth(Number.isFinite(value)),
};

const CONSTANTS: Readonly<Record<string, number | null>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infn: Number.NEGATIVE_INFINITY,
  null: null,
};

function known(operate: (value: number) => number): (value: number | null) => number | null {
  return (value) => (value === null ? null : operate(value));
}

/** Deeper brackets than these are refused. */
const DEEPEST = 64;

class Reader {
  #at = 0;
  #depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly lookup: Lookup,
  ) {}

  whole(): Item[] {
    const items = this.#level(0);
    const rest = this.tokens[this.#at];
    if (rest) throw new ExpressionError(`“${rest.text}” does not belong there`);
    return items;
  }

  #level(level: number): Item[] {
    const operators = LEVELS[level];
    if (!operators) return this.#value();
    let left = this.#level(level + 1);
    for (;;) {
      const next = this.tokens[this.#at];
      const operate = next?.kind === 'sign' ? operators[next.text] : undefined;
      if (!operate) return left;
      this.#at += 1;
      const right = this.#level(level + 1);
      left = paired(left, right).map(([a, b]) =>
        combined(a, b, (x, y) => (x === null || y === null ? null : operate(x, y))),
      );
    }
  }

  #value(): Item[] {
    const token = this.tokens[this.#at];
    this.#at += 1;
    if (token?.kind === 'number') return [{ labels: {}, values: [Number(token.text)] }];
    if (token?.kind === 'query') {
      const items = this.lookup(token.text);
      if (!items) throw new ExpressionError(`the panel has no query $${token.text}`);
      return [...items];
    }
    if (token?.kind === 'name') return this.#call(token.text);
    if (token?.text === '-')
      return this.#deeper(() => this.#value()).map((item) =>
        mapped(
          item,
          known((x) => -x),
        ),
      );
    if (token?.text === '!')
      return this.#deeper(() => this.#value()).map((item) =>
        mapped(
          item,
          known((x) => truth(!holds(x))),
        ),
      );
    if (token?.text === '(') return this.#closed();
    throw new ExpressionError(
      token ? `“${token.text}” does not belong there` : 'the expression ends too early',
    );
  }

  #call(name: string): Item[] {
    const operate = FUNCTIONS[name];
    if (!operate && !(name in CONSTANTS)) throw new ExpressionError(`there is no function ${name}()`);
    this.#take('(');
    if (operate) return this.#closed().map((item) => mapped(item, operate));
    this.#take(')');
    return [{ labels: {}, values: [CONSTANTS[name] ?? null] }];
  }

  #closed(): Item[] {
    const items = this.#deeper(() => this.#level(0));
    this.#take(')');
    return items;
  }

  #deeper(read: () => Item[]): Item[] {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new ExpressionError(`it is nested more than ${DEEPEST} levels deep`);
    const items = read();
    this.#depth -= 1;
    return items;
  }

  #take(sign: string): void {
    if (this.tokens[this.#at]?.text !== sign) throw new ExpressionError(`a “${sign}” is missing`);
    this.#at += 1;
  }
}
