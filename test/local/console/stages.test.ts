import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STAGES } from '#local/console/snapshot.ts';
import { StageBrakes } from '#local/console/stage-brakes.ts';
import { STAGE_DEFINITIONS, stageOfAlarm } from '#local/console/stages.ts';
import { VirtualClock } from '#local/kernel/clock.ts';
import { STAGE_BUDGETS } from '../../../infra/promises.ts';
import { fakeCloud } from './fake-cloud.ts';

describe('the stages of the page', () => {
  // The local cloud imports nothing of the product, so only this test keeps the two in step.
  it('are those of the alarms, with the same budgets', () => {
    const shown = STAGES.map((stage) => ({ stage, budgetMs: STAGE_DEFINITIONS[stage].budgetMs }));
    expect(shown).toEqual(STAGE_BUDGETS.map(({ stage, budgetMs }) => ({ stage, budgetMs })));
  });

  it('read metrics that the product writes', () => {
    const sources = productSources();
    const unknown = STAGES.map((stage) => STAGE_DEFINITIONS[stage].metric).filter(
      (metric) => !sources.includes(`'${metric}'`),
    );
    expect(unknown).toEqual([]);
  });

  it.each([
    ['priliv-dev-Stage-queue-Slow', 'queue'],
    ['priliv-prod-Stage-deliver-Slow', 'deliver'],
    ['priliv-dev-SettlePayments-Delayed', 'queue'],
    ['priliv-dev-SettlePayments-Failing', 'settle'],
    ['priliv-dev-ReceiveWebhook-tbank-Throttled', 'receive'],
    ['priliv-dev-UpdateAccess-DeadLettered', 'deliver'],
    ['priliv-dev-PublishEvents-Behind', 'publish'],
  ])('the alarm %s accuses %s', (name, stage) => {
    expect(stageOfAlarm(name)).toBe(stage);
  });

  it('an alarm on the whole way accuses no stage', () => {
    expect(stageOfAlarm('priliv-dev-ReceivedToPaid-Slow')).toBeUndefined();
  });
});

describe('slowing a stage', () => {
  const start = () => {
    const clock = new VirtualClock(0);
    const world = fakeCloud();
    const apiDelaysMs: number[] = [];
    const acquirers = { slowApi: (delayMs: number) => void apiDelaysMs.push(delayMs) };
    const brakes = new StageBrakes({ cloud: world.cloud, acquirers, clock });
    return { clock, ...world, brakes, apiDelaysMs };
  };

  it('holds the stage by three seconds and lets go by itself', async () => {
    const { brakes, rules, clock } = start();
    expect(brakes.slow('settle')).toBe(true);
    expect(rules).toEqual([
      {
        service: 'dynamodb',
        operation: 'TransactWriteItems',
        function: 'SettlePayments',
        ms: 3000,
      },
    ]);
    expect(brakes.untilMs('settle')).toBe(90_000);
    await clock.advance(90_000);
    expect(rules).toEqual([]);
    expect(brakes.untilMs('settle')).toBeUndefined();
  });

  it('does not add up when the button is pressed twice, but holds for longer', async () => {
    const { brakes, rules, clock } = start();
    brakes.slow('queue');
    await clock.advance(60_000);
    brakes.slow('queue');
    expect(rules).toHaveLength(1);
    await clock.advance(60_000);
    expect(rules).toHaveLength(1);
    expect(brakes.untilMs('queue')).toBe(150_000);
  });

  it('lets go of one stage and keeps the other', () => {
    const { brakes, rules } = start();
    brakes.slow('queue');
    brakes.slow('deliver');
    brakes.unslow('queue');
    expect(rules).toEqual([
      { service: 'dynamodb', operation: 'PutItem', function: 'UpdateAccess', ms: 3000 },
    ]);
    brakes.stop();
    expect(rules).toEqual([]);
  });

  it('holds the gateways’ APIs when they are to be asked again', async () => {
    const { brakes, rules, clock, apiDelaysMs } = start();
    brakes.slow('reread');
    brakes.slow('queue');
    expect(apiDelaysMs.at(-1)).toBe(3000);
    expect(rules).toEqual([{ function: 'SettlePayments', ms: 3000 }]);
    await clock.advance(90_000);
    expect(apiDelaysMs.at(-1)).toBe(0);
    expect(rules).toEqual([]);
  });

  it('refuses a stage that has no brake', () => {
    const { brakes, rules } = start();
    expect(brakes.slow('reported')).toBe(false);
    expect(rules).toEqual([]);
  });
});

function productSources(): string {
  const files = readdirSync('shared', { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts'));
  return sources.map((file) => readFileSync(`shared/${file}`, 'utf8')).join('\n');
}
