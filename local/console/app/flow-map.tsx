import type { GatewayName } from '#local/acquirers/payment.ts';
import type { Snapshot, StageView } from '../snapshot.ts';
import type { Words } from './format.ts';
import { type Health, healthOf, rateOf } from './health.ts';
import { act } from './live.ts';
import type { TextKey } from './texts.ts';

type Props = {
  words: Words;
  snapshot: Snapshot;
  gateway: GatewayName | undefined;
  onGateway(gateway: GatewayName | undefined): void;
};

/** The way of a payment, stage by stage: how long, how many, within its budget or not. */
export function FlowMap({ words, snapshot, gateway, onGateway }: Props) {
  const { t } = words;
  const chosen = snapshot.gateways.find(({ name }) => name === gateway);
  return (
    <section class="panel flow" aria-labelledby="flow-title">
      <div class="panel-head">
        <h2 id="flow-title">{t('flow')}</h2>
        <p class="muted">{t('flowNote')}</p>
        <label class="filter">
          <span class="muted">{t('gatewayFilter')}</span>
          <select
            value={chosen?.name ?? ''}
            onChange={({ currentTarget }) =>
              onGateway(snapshot.gateways.find(({ name }) => name === currentTarget.value)?.name)
            }
          >
            <option value="">{t('allGateways')}</option>
            {snapshot.gateways.map(({ name }) => (
              <option key={name} value={name}>
                {words.gateway(name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ol class="stages">
        {snapshot.stages.map((stage) => (
          <Stage
            key={stage.name}
            words={words}
            stage={stage}
            gateway={gateway}
            nowMs={snapshot.atMs}
            isAccused={snapshot.alarms.firing.some((alarm) => alarm.stage === stage.name)}
          />
        ))}
      </ol>
    </section>
  );
}

const HEALTH_TEXTS: Readonly<Record<Health, TextKey>> = {
  none: 'none',
  good: 'withinBudget',
  near: 'nearBudget',
  over: 'overBudget',
};

type StageProps = {
  words: Words;
  stage: StageView;
  gateway: GatewayName | undefined;
  nowMs: number;
  isAccused: boolean;
};

function Stage({ words, stage, gateway, nowMs, isAccused }: StageProps) {
  const { t, delay, number } = words;
  const latency = gateway === undefined ? stage.all : (stage.byGateway[gateway] ?? null);
  const health = healthOf(latency, stage.budgetMs);
  return (
    <li
      class={`stage is-${health} ${isAccused ? 'is-accused' : ''}`}
      data-stage={stage.name}
      data-rate={rateOf(latency?.count ?? 0)}
    >
      <div class="node">
        <h3>
          {t(`stage_${stage.name}`)}
          {isAccused && <span class="badge bad">{t('accused')}</span>}
        </h3>
        <p class="about muted">{t(`about_${stage.name}`)}</p>
        <p class="figure">
          {latency ? delay(latency.p95) : '–'}
          <small class="muted"> {t('p95')}</small>
        </p>
        <dl class="muted numbers">
          <dt>{t('p50')}</dt>
          <dd>{latency ? delay(latency.p50) : '–'}</dd>
          <dt>{t('p99')}</dt>
          <dd>{latency ? delay(latency.p99) : '–'}</dd>
          <dt>{t('volume')}</dt>
          <dd>{number(latency?.count ?? 0)}</dd>
        </dl>
        <div class="meter" aria-hidden="true">
          <span style={{ width: `${meterPercent(latency?.p95 ?? 0, stage.budgetMs)}%` }} />
        </div>
        <p class="muted small">
          {t('budget', { budget: delay(stage.budgetMs) })}
          <span class="unseen">, {t(HEALTH_TEXTS[health])}</span>
        </p>
        {stage.canBeSlowed ? (
          <Brake words={words} stage={stage} nowMs={nowMs} />
        ) : (
          <p class="brake-less muted">{t('noBrake')}</p>
        )}
      </div>
    </li>
  );
}

function Brake({ words, stage, nowMs }: Pick<StageProps, 'words' | 'stage' | 'nowMs'>) {
  const { t, number } = words;
  const { name, slowedUntilMs } = stage;
  const isSlowed = slowedUntilMs !== null;
  const seconds = Math.max(0, Math.ceil(((slowedUntilMs ?? 0) - nowMs) / 1000));
  return (
    <button
      type="button"
      class="brake"
      aria-pressed={isSlowed}
      aria-label={t(isSlowed ? 'slowedHint' : 'slowHint', { stage: t(`stage_${name}`) })}
      onClick={() => void act(isSlowed ? 'unslow' : 'slow', { stage: name })}
    >
      {isSlowed ? t('slowed', { seconds: number(seconds) }) : t('slow')}
    </button>
  );
}

function meterPercent(p95: number, budgetMs: number): number {
  return Math.min(100, Math.round((p95 / budgetMs) * 100));
}
