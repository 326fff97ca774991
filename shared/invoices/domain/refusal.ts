/** Why a document is not changed: a name for programs, the field at fault and a reason for people. */
export type Refusal = {
  readonly refused:
    | 'document.finalised'
    | 'document.void'
    | 'document.not_due'
    | 'document.empty'
    | 'document.invalid'
    | 'document.paid'
    | 'document.credited'
    | 'document.nothing_due'
    | 'document.content_differs'
    | 'document.not_found';
  /** `/lines/2/vat`; empty when the whole document is meant. */
  readonly path: string;
  readonly because: string;
};

export function refuse(refused: Refusal['refused'], because: string, path = ''): Refusal {
  return { refused, path, because };
}
