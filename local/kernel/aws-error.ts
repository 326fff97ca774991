/** An error that the emulated service answers, with the code and status that AWS documents for it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further fields of the error body, for example `CancellationReasons` or `Item`. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    status = 400,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** What is not emulated fails loudly: a silent success would be a lie about the cloud. */
export function notEmulated(service: string, operation: string): AwsError {
  return new AwsError(
    'NotEmulated',
    `the local cloud does not emulate ${service}:${operation}`,
    501,
  );
}
