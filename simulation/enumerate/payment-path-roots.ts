/** Where the payment path begins: the functions from the webhook to the access, and what operators do to payments. */
export const PAYMENT_PATH: readonly string[] = [
  'functions/webhooks/receive-webhook/handler.ts',
  'functions/payments/settle-payments/handler.ts',
  'functions/payments/file-dead-letters/handler.ts',
  'functions/ledger/publish-events/handler.ts',
  'functions/ledger/seal-journal/handler.ts',
  'functions/access/update-access/handler.ts',
  'functions/operator-api/handle-request/handler.ts',
];
