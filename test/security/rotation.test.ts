import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFindAccount } from '#shared/gateways/accounts.ts';
import { gatewayByName } from '#shared/gateways/registry.ts';
import { invariant } from '#shared/kernel/invariant.ts';
import { instantFromMs } from '#shared/kernel/time.ts';
import { createSecrets } from '#shared/platform/secrets.ts';
import { wireOf } from '#test/gateways/amounts.ts';
import type { Kit } from '#test/gateways/kit.ts';
import { kits } from '#test/gateways/signers/all-kits.ts';
import { door } from '#test/webhooks/fake-gateway.ts';

const MINUTE_MS = 60_000;
/** How long a removed secret may still be good, as `docs/security.md` says. */
const OUT_OF_FORCE_MS = 5 * MINUTE_MS;
/** How long a new secret may not be good yet. */
const IN_FORCE_MS = 10_000;
const manager = mockClient(SecretsManagerClient);

type Answer = 'taken' | 'refused' | 'not answered';

/** Secrets Manager, any number of environments that read it, and the gateway that signs. */
function createStage(kit: Kit, environments: number) {
  const [first, second] = kit.secrets;
  const { name } = kit.gateway;
  let nowMs = Date.UTC(2026, 10, 22, 12);
  let stored: readonly string[] = [first];
  let isDown = false;
  manager.reset();
  manager.on(GetSecretValueCommand).callsFake(() => {
    if (isDown) throw new Error('Secrets Manager is down');
    return { SecretString: JSON.stringify({ s1: kit.account(stored) }) };
  });
  const doors = Array.from({ length: environments }, () => openDoor(name, () => nowMs));
  return {
    first,
    second,
    store: (secrets: readonly string[]) => {
      stored = secrets;
    },
    setDown: (value: boolean) => {
      isDown = value;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** Lambda may replace an environment at any moment: the new one knows nothing yet. */
    replace: (index: number) => {
      doors[index % doors.length] = openDoor(name, () => nowMs);
    },
    async deliver(index: number, secret: string): Promise<Answer> {
      const opened = doors[index % doors.length];
      invariant(opened, 'there is an environment');
      const before = opened.queued.length;
      const notification = kit.captured(wireOf(kit, 490_000n), secret);
      try {
        await opened.receive('s1', notification);
      } catch {
        return 'not answered';
      }
      return opened.queued.length > before ? 'taken' : 'refused';
    },
  };
}

/** The real use case over the real secrets, accounts and gateway; the queue is in memory. */
function openDoor(name: string, nowMs: () => number) {
  const gateway = gatewayByName(name);
  invariant(gateway, `there is a gateway ${name}`);
  const client = new SecretsManagerClient({ region: 'eu-central-1' });
  const secrets = createSecrets(client, () => instantFromMs(nowMs()));
  return door(undefined, { gateway, findAccount: createFindAccount(secrets, () => name) });
}

/** YooKassa signs nothing: its secret is for the question that follows. */
const signed = kits.filter(({ gateway }) => gateway.name !== 'yookassa');

describe.each(signed)('a rotation at $gateway.name', (kit) => {
  it('goes from the old secret over both to the new one', async () => {
    const stage = createStage(kit, 1);
    const { first, second } = stage;
    const answers = async () => [await stage.deliver(0, first), await stage.deliver(0, second)];
    expect(await answers()).toEqual(['taken', 'refused']);
    stage.store([first, second]);
    expect(await answers()).toEqual(['taken', 'refused']); // Still the copy that was read before.
    stage.pass(IN_FORCE_MS);
    expect(await answers()).toEqual(['taken', 'taken']);
    stage.store([second]);
    stage.pass(OUT_OF_FORCE_MS - 1);
    expect(await answers()).toEqual(['taken', 'taken']);
    stage.pass(1);
    expect(await answers()).toEqual(['refused', 'taken']);
  });

  it('goes on with the last known secrets while they cannot be read', async () => {
    const stage = createStage(kit, 1);
    await stage.deliver(0, stage.first);
    stage.store([stage.second]);
    stage.setDown(true);
    stage.pass(24 * 60 * MINUTE_MS);
    expect(await stage.deliver(0, stage.first)).toBe('taken');
    // What the old copy does not explain may be signed with a newer secret.
    expect(await stage.deliver(0, stage.second)).toBe('not answered');
    stage.setDown(false);
    expect(await stage.deliver(0, stage.first)).toBe('refused');
    expect(await stage.deliver(0, stage.second)).toBe('taken');
  });

  it('costs a flood of forgeries no more than a read each ten seconds', async () => {
    const stage = createStage(kit, 1);
    for (let second = 0; second < 60; second++) {
      for (let request = 0; request < 3; request++) {
        expect(await stage.deliver(0, 'nobody’s')).toBe('refused');
      }
      stage.pass(1000);
    }
    expect(manager.commandCalls(GetSecretValueCommand).length).toBeLessThanOrEqual(6);
    stage.setDown(true);
    stage.pass(IN_FORCE_MS);
    for (let request = 0; request < 50; request++) {
      expect(await stage.deliver(0, 'nobody’s')).toBe('not answered');
    }
    expect(manager.commandCalls(GetSecretValueCommand).length).toBeLessThanOrEqual(7);
  });

  it('is not answered, and so repeated, by an environment that knows no secret yet', async () => {
    const stage = createStage(kit, 1);
    stage.setDown(true);
    expect(await stage.deliver(0, stage.first)).toBe('not answered');
    stage.setDown(false);
    expect(await stage.deliver(0, stage.first)).toBe('taken');
  });
});

type Happening =
  | { readonly what: 'time'; readonly ms: number }
  | { readonly what: 'delivery'; readonly environment: number; readonly late: boolean }
  | { readonly what: 'replacement'; readonly environment: number }
  | { readonly what: 'outage'; readonly isDown: boolean }
  | { readonly what: 'forgery'; readonly environment: number }
  | { readonly what: 'step' };

const environment = fc.nat(2);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('time'),
      ms: fc.oneof(fc.nat(15_000), fc.nat(6 * MINUTE_MS)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('delivery'), environment, late: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('forgery'), environment }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('replacement'), environment }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('outage'), isDown: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('step') }) },
) as fc.Arbitrary<Happening>; // `fc.constant` widens the tags.

/**
 * Plays the operator's procedure among everything else that happens, and gives what honest
 * notifications were answered.
 *
 * The procedure: add the new secret; wait ten seconds; let the gateway sign with it; when nothing
 * signed with the old one is under way, remove the old one.
 */
async function play(kit: Kit, happenings: readonly Happening[], waits: boolean): Promise<Answer[]> {
  const stage = createStage(kit, 3);
  const { first, second } = stage;
  const steps = [
    () => stage.store([first, second]),
    () => undefined, // The gateway's cabinet: from here on it signs with the new secret.
    () => stage.store([second, first]),
    () => stage.store([second]),
  ];
  let done = 0;
  let waitedMs = 0;
  const answers: Answer[] = [];
  for (const happens of happenings) {
    switch (happens.what) {
      case 'time':
        stage.pass(happens.ms);
        waitedMs += happens.ms;
        break;
      case 'replacement':
        stage.replace(happens.environment);
        break;
      case 'forgery':
        expect(await stage.deliver(happens.environment, 'nobody’s')).not.toBe('taken');
        break;
      case 'outage':
        stage.setDown(happens.isDown);
        break;
      case 'step':
        if (waits && waitedMs < IN_FORCE_MS) break;
        steps[done]?.();
        done += 1;
        waitedMs = 0;
        break;
      default: {
        // What the gateway signed before its change may arrive until the old secret is removed.
        const isNew = done >= 2 && (done >= 4 || !happens.late);
        answers.push(await stage.deliver(happens.environment, isNew ? second : first));
      }
    }
  }
  return answers;
}

describe('a rotation by the book', () => {
  const whole = fc.array(happening, { minLength: 20, maxLength: 80 });

  it.each(signed)('never refuses an honest notification of $gateway.name', async (kit) => {
    let taken = 0;
    const property = fc.asyncProperty(whole, async (happenings) => {
      const answers = await play(kit, happenings, true);
      taken += answers.filter((answer) => answer === 'taken').length;
      expect(answers).not.toContain('refused');
    });
    await fc.assert(property, { numRuns: 40 });
    expect(taken).toBeGreaterThan(300);
  });

  it('would refuse some if the operator did not wait: the property can fail', async () => {
    const [kit] = signed;
    invariant(kit, 'there is a signed gateway');
    const property = fc.asyncProperty(whole, async (happenings) =>
      (await play(kit, happenings, false)).every((answer) => answer !== 'refused'),
    );
    expect((await fc.check(property, { numRuns: 200 })).failed).toBe(true);
  });
});
