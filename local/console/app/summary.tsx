import type { Latency, Snapshot } from '../snapshot.ts';
import type { Words } from './format.ts';
import { healthOf } from './health.ts';

const PAID_P95_MS = 2000;
const ACCESS_P95_MS = 2000;
/** One step alone is too lively for a figure that is read. */
const STEPS_OF_RATE = 3;

type Props = { words: Words; snapshot: Snapshot };

/** The five figures that answer: is it well? */
export function Summary({ words, snapshot }: Props) {
  const { t } = words;
  const { whole, alarms } = snapshot;
  return (
    <section class="tiles" aria-label={t('title')}>
      <Rate words={words} snapshot={snapshot} />
      <Delay
        words={words}
        label={t('receivedToPaid')}
        latency={whole.receivedToPaid}
        budgetMs={PAID_P95_MS}
        note={t('receivedToPaidNote')}
      />
      <Delay
        words={words}
        label={t('reportedToAccess')}
        latency={whole.reportedToAccess}
        budgetMs={ACCESS_P95_MS}
        note={t('reportedToAccessNote')}
      />
      <Waiting words={words} snapshot={snapshot} />
      <div class={`tile ${alarms.firing.length > 0 ? 'is-over' : 'is-good'}`} data-tile="alarms">
        <h2>{t('alarmsTile')}</h2>
        <p class="figure">{words.number(alarms.firing.length)}</p>
        <p class="muted">{t('alarmsOf', { total: words.number(alarms.total) })}</p>
      </div>
    </section>
  );
}

function Rate({ words, snapshot }: Props) {
  const { timeline, load } = snapshot;
  const latest = timeline.settledPerSecond.slice(-STEPS_OF_RATE);
  const rate = latest.reduce((sum, value) => sum + value, 0) / STEPS_OF_RATE;
  return (
    <div class="tile" data-tile="rate">
      <h2>{words.t('perSecond')}</h2>
      <p class="figure">{words.number(rate, 1)}</p>
      <p class="muted">
        {words.t('perSecondNote', { rate: words.number(load.basePerSecond * load.factor, 1) })}
      </p>
    </div>
  );
}

type DelayProps = {
  words: Words;
  label: string;
  latency: Latency | null;
  budgetMs: number;
  note: string;
};

function Delay({ words, label, latency, budgetMs, note }: DelayProps) {
  const percentiles =
    latency &&
    words.t('percentiles', { p50: words.delay(latency.p50), p99: words.delay(latency.p99) });
  return (
    <div class={`tile is-${healthOf(latency, budgetMs)}`}>
      <h2>{label}</h2>
      <p class="figure">{latency ? words.delay(latency.p95) : '–'}</p>
      <p class="muted">
        {percentiles ?? words.t('none')}
        <br />
        {note}
      </p>
    </div>
  );
}

function Waiting({ words, snapshot }: Props) {
  const queues = snapshot.queues.filter(({ isForFailures }) => !isForFailures);
  const depth = queues.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0);
  const oldestMs = Math.max(0, ...queues.map(({ oldestAgeMs }) => oldestAgeMs));
  const note =
    depth === 0 ? words.t('waitingNone') : words.t('waitingNote', { age: words.delay(oldestMs) });
  return (
    <div class={`tile ${oldestMs > 30_000 ? 'is-over' : ''}`} data-tile="waiting">
      <h2>{words.t('waiting')}</h2>
      <p class="figure">{words.number(depth)}</p>
      <p class="muted">{note}</p>
    </div>
  );
}
