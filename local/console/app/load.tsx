import { useState } from 'preact/hooks';
import type { Snapshot } from '../snapshot.ts';
import type { Words } from './format.ts';
import { act } from './live.ts';
import type { TextKey } from './texts.ts';

type Props = { words: Words; snapshot: Snapshot };

const FACTORS: readonly { factor: number; label: TextKey }[] = [
  { factor: 0, label: 'pause' },
  { factor: 1, label: 'usual' },
  { factor: 5, label: 'peak5' },
  { factor: 20, label: 'peak20' },
];

/** What the evening is like, and the buttons that change it. */
export function Load({ words, snapshot }: Props) {
  const { t } = words;
  const { load } = snapshot;
  const [told, setTold] = useState('');
  const pay = async () => {
    const { invoiceId, error } = await act('pay', {});
    setTold(invoiceId ? t('paid', { id: invoiceId }) : t('failed', { error: error ?? '' }));
  };
  return (
    <section class="panel load" aria-labelledby="load-title">
      <h2 id="load-title">{t('loadTitle')}</h2>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in one row everywhere. */}
      <div class="segments" role="group" aria-labelledby="load-title">
        {FACTORS.map(({ factor, label }) => (
          <button
            key={factor}
            type="button"
            aria-pressed={load.factor === factor}
            onClick={() => void act('peak', { factor })}
          >
            {t(label)}
          </button>
        ))}
      </div>
      <p class="load-now" aria-live="polite">
        {loadText(words, snapshot)}
      </p>
      <button type="button" onClick={() => void pay()}>
        {t('payNow')}
      </button>
      <p class="muted load-told" role="status">
        {told}
      </p>
    </section>
  );
}

function loadText({ t, number }: Words, { load, atMs }: Snapshot): string {
  if (load.factor === 0) return t('pausedRuns');
  if (load.peakEndsAtMs === null) return t('usualRuns', { rate: number(load.basePerSecond, 1) });
  const seconds = Math.max(0, Math.ceil((load.peakEndsAtMs - atMs) / 1000));
  const running = t('peakRuns', { factor: number(load.factor), seconds: number(seconds) });
  return load.skipped === 0
    ? running
    : `${running}. ${t('skipped', { count: number(load.skipped) })}`;
}
