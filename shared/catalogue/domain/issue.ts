export type Path = readonly (string | number)[];

/** What is wrong with a draft, or looks as if it were. */
export type Issue = {
  readonly severity: 'error' | 'warning';
  /** `<noun>.<reason>`, for programs. */
  readonly code: string;
  readonly path: Path;
  /** For people. */
  readonly message: string;
};

export function fault(code: string, path: Path, message: string): Issue {
  return { severity: 'error', code, path, message };
}

export function doubt(code: string, path: Path, message: string): Issue {
  return { severity: 'warning', code, path, message };
}

export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some(({ severity }) => severity === 'error');
}

/** `plans[0].versions[1].prices.RUB`, as people write it. */
export function pathText(path: Path): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`))
    .join('');
}

/** An id that was given before, at the place where it is given again. */
export function repeated(ids: readonly string[], section: Path): Issue[] {
  const first = new Map<string, number>();
  return ids.flatMap((id, at) => {
    const before = first.get(id);
    if (before === undefined) {
      first.set(id, at);
      return [];
    }
    const path = [...section, at, 'id'];
    return [fault('id.repeated', path, `"${id}" is the id of entry ${before + 1} already`)];
  });
}

/** A reference to what the catalogue does not hold. */
export function unknown(what: string, id: string, path: Path): Issue {
  return fault(`${what}.unknown`, path, `there is no ${what} "${id}" in this catalogue`);
}
