import * as z from 'zod';

const count = z.coerce.number().int().nonnegative();
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** What may be set with `cdk -c name=value`. Every default suits a first stage in an empty account. */
const settingsSchema = z.object({
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,15}$/)
    .default('dev'),
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  region: z.string().min(1).default('eu-central-1'),
  /** Gateways to deploy, separated by commas; all of the registry when absent. */
  gateways: z.string().optional(),
  /** Public base address of the webhooks when a custom domain or a CDN stands in front of them. */
  webhooksBaseUrl: z.url({ protocol: /^https$/ }).optional(),
  /** Environments reserved for each gateway's webhooks; 0 leaves them in the account's pool. */
  webhookConcurrency: count.default(40),
  /** Environments kept warm for each gateway around the clock, and in the evening. */
  webhookProvisioned: count.default(1),
  webhookEveningProvisioned: count.default(5),
  eveningFrom: clockTime.default('17:00'),
  eveningTo: clockTime.default('23:59'),
  eveningZone: z.string().min(1).default('Europe/Moscow'),
  /** Requests per second that the webhook API lets through, for all gateways together. */
  webhookRate: count.default(2000),
  /** Environments of settlement: also the most that one sale can take from the account. */
  settleConcurrency: count.default(100),
  /** The payments per second that the tables must take without growing first. */
  peakPaymentsPerSecond: count.default(400),
  /** Ceiling of the on-demand tables, which bounds the bill of a runaway loop. */
  maxWriteUnits: count.default(40_000),
  maxReadUnits: count.default(40_000),
  archiveDays: count.default(30),
  rootsYears: count.default(10),
  logDays: count.default(90),
  /** Folder of the bundles, when it is not the one that `scripts/build.ts` writes. */
  assetRoot: z.string().min(1).optional(),
  /** Where alarms are sent, besides the topic that other tools may subscribe to. */
  alarmEmail: z.email().optional(),
  /** Where the operators' console may be opened; the hosted login returns only there. */
  consoleUrl: z.url().default('http://localhost:4620'),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Names of all settings: `app.ts` reads exactly these from the context. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape);

/** Fails with the name of each setting that cannot be used. */
export function parseSettings(context: Readonly<Record<string, unknown>>): Settings {
  const parsed = settingsSchema.safeParse(context);
  if (parsed.success) return parsed.data;
  throw new Error(`Cannot use the given context.\n${z.prettifyError(parsed.error)}`);
}
