import type { Snapshot } from '../snapshot.ts';
import { Chart } from './chart.tsx';
import type { Words } from './format.ts';

const PAID_P95_MS = 2000;
const PAID_P99_MS = 10_000;

/** The last five minutes: how many, and how long. */
export function Charts({ words, snapshot }: { words: Words; snapshot: Snapshot }) {
  const { t, number, delay } = words;
  const { endMs, stepMs, receivedPerSecond, settledPerSecond, paidP95Ms } = snapshot.timeline;
  const time = { endMs, stepMs, formatTime: words.clock };
  const lastRate = number(settledPerSecond.at(-1) ?? 0, 1);
  const lastDelay = paidP95Ms.findLast((value) => value !== null) ?? null;
  const limit = (value: number) => paidP95Ms.map(() => value);
  return (
    <>
      <section class="panel half" aria-labelledby="rate-title">
        <div class="panel-head">
          <h2 id="rate-title">{t('rateChart')}</h2>
          <p class="muted">{t('rateChartNote')}</p>
          <p class="legend">
            <span class="key accent">{t('settled')}</span>
            <span class="key faint">{t('received')}</span>
          </p>
        </div>
        <Chart
          {...time}
          label={`${t('rateChart')}: ${lastRate}`}
          leastTop={4}
          formatValue={(value) => number(value, 1)}
          series={[
            { values: settledPerSecond, color: '--accent', isFilled: true },
            { values: receivedPerSecond, color: '--faint' },
          ]}
        />
      </section>
      <section class="panel half" aria-labelledby="delay-title">
        <div class="panel-head">
          <h2 id="delay-title">{t('delayChart')}</h2>
          <p class="muted">{t('delayChartNote')}</p>
        </div>
        <Chart
          {...time}
          label={`${t('delayChart')}: ${lastDelay === null ? t('none') : delay(lastDelay)}`}
          leastTop={PAID_P95_MS * 1.1}
          formatValue={delay}
          series={[
            { values: paidP95Ms, color: '--accent', isFilled: true },
            { values: limit(PAID_P95_MS), color: '--bad', isDashed: true },
            { values: limit(PAID_P99_MS), color: '--bad', isDashed: true },
          ]}
        />
      </section>
    </>
  );
}
