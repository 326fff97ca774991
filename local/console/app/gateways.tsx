import type { GatewayName } from '#local/acquirers/payment.ts';
import type { GatewayView, Snapshot } from '../snapshot.ts';
import type { Words } from './format.ts';
import { healthOf } from './health.ts';
import { act } from './live.ts';

type Props = {
  words: Words;
  snapshot: Snapshot;
  gateway: GatewayName | undefined;
  onGateway(gateway: GatewayName | undefined): void;
};

const PAID_P95_MS = 2000;

/** Each gateway: how much, how long in which stage, and the switch that cuts it off. */
export function Gateways({ words, snapshot, gateway, onGateway }: Props) {
  const { t } = words;
  return (
    <section class="panel" aria-labelledby="gateways-title">
      <div class="panel-head">
        <h2 id="gateways-title">{t('gateways')}</h2>
        <p class="muted">{t('gatewaysNote')}</p>
      </div>
      <table class="gateways">
        <thead>
          <tr>
            <th scope="col">{t('gateway')}</th>
            <th scope="col" class="number">
              {t('settledMinute')}
            </th>
            {snapshot.stages.map(({ name }) => (
              <th key={name} scope="col" class="number wide">
                {t(`stage_${name}`)}
              </th>
            ))}
            <th scope="col" class="number">
              {t('paidShort')}
            </th>
            <th scope="col" class="number">
              {t('undelivered')}
            </th>
            <th scope="col">
              <span class="unseen">{t('cut')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {snapshot.gateways.map((view) => (
            <Row
              key={view.name}
              words={words}
              snapshot={snapshot}
              view={view}
              isChosen={view.name === gateway}
              onChoose={() => onGateway(view.name === gateway ? undefined : view.name)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

type RowProps = {
  words: Words;
  snapshot: Snapshot;
  view: GatewayView;
  isChosen: boolean;
  onChoose(): void;
};

function Row({ words, snapshot, view, isChosen, onChoose }: RowProps) {
  const { t, number, delay } = words;
  const { name, isOut, receivedToPaid } = view;
  const label = words.gateway(name);
  return (
    <tr class={isOut ? 'is-out' : ''} data-gateway={name}>
      <th scope="row">
        <button
          type="button"
          class="link"
          aria-pressed={isChosen}
          title={t('showOnly', { gateway: label })}
          onClick={onChoose}
        >
          {label}
        </button>
        {isOut && <span class="badge bad">{t('isOut')}</span>}
      </th>
      <td class="number">{number(view.settledLastMinute)}</td>
      {snapshot.stages.map((stage) => {
        const latency = stage.byGateway[name];
        return (
          <td key={stage.name} class={`number wide is-${healthOf(latency, stage.budgetMs)}`}>
            {latency ? delay(latency.p95) : '–'}
          </td>
        );
      })}
      <td class={`number is-${healthOf(receivedToPaid, PAID_P95_MS)}`}>
        {receivedToPaid ? delay(receivedToPaid.p95) : '–'}
      </td>
      <td class="number">{number(view.waiting)}</td>
      <td class="switch">
        <button
          type="button"
          aria-pressed={isOut}
          aria-label={t(isOut ? 'restoreHint' : 'cutHint', { gateway: label })}
          onClick={() => void act('outage', { gateway: name, isOut: !isOut })}
        >
          {t(isOut ? 'restore' : 'cut')}
        </button>
      </td>
    </tr>
  );
}
