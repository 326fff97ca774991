import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSendEvents } from '#shared/events/adapters/send-events.ts';
import {
  createPublishChanges,
  eventsOf,
  type OutgoingEvent,
} from '#shared/events/usecases/publish-changes.ts';
import { createMetrics } from '#shared/platform/metrics.ts';
import { at, openInvoice, statement } from '#test/payments/builders.ts';
import { live } from './lives.ts';

const bridge = mockClient(EventBridgeClient);
const send = createSendEvents(new EventBridgeClient({ region: 'eu-central-1' }), 'bus');

beforeEach(() => {
  bridge.reset();
});

/** The bus refuses these entries, counted from the first one of the first call. */
function busRefuses(...refused: number[]) {
  let before = 0;
  bridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: object[] }) => {
    const from = before;
    before += Entries.length;
    return {
      FailedEntryCount: refused.length,
      Entries: Entries.map((_, index) =>
        refused.includes(from + index) ? { ErrorCode: 'ThrottlingException' } : { EventId: 'e' },
      ),
    };
  });
}

/** As many payments as wanted, each captured: two events of each. */
function changesOf(payments: number) {
  const told = Array.from({ length: payments }, (_, index) =>
    statement({ paymentId: `p${String(index).padStart(2, '0')}` }),
  );
  return live(told, undefined).changes;
}

function eventsOfPayments(payments: number): OutgoingEvent[] {
  return changesOf(payments).flatMap((change) => eventsOf(change, at(59)));
}

function sentIds(): string[] {
  return bridge
    .commandCalls(PutEventsCommand)
    .flatMap(({ args: [command] }) =>
      (command.input.Entries ?? []).map(({ Detail = '' }) => String(JSON.parse(Detail).id)),
    );
}

describe('sending events', () => {
  it('puts ten in one call, in order, with name, source and bus', async () => {
    busRefuses();
    const events = eventsOfPayments(12);
    expect(await send(events)).toEqual([]);
    const sizes = bridge
      .commandCalls(PutEventsCommand)
      .map(({ args: [command] }) => command.input.Entries?.length);
    expect(sizes).toEqual([10, 10, 4]);
    expect(sentIds()).toEqual(events.map(({ detail }) => detail.id));
    expect(bridge).toHaveReceivedNthCommandWith(PutEventsCommand, 1, {
      Entries: expect.arrayContaining([
        {
          EventBusName: 'bus',
          Source: 'priliv.ledger',
          DetailType: 'payment.captured.v1',
          Detail: JSON.stringify(events[0]?.detail),
        },
      ]),
    });
  });

  it('sends nothing when there is nothing', async () => {
    expect(await send([])).toEqual([]);
    expect(bridge).not.toHaveReceivedAnyCommand();
  });

  it('stops after the call in which one failed: what follows must not overtake it', async () => {
    busRefuses(13);
    expect(await send(eventsOfPayments(20))).toEqual([
      13,
      ...Array.from({ length: 20 }, (_, index) => 20 + index),
    ]);
    expect(bridge).toHaveReceivedCommandTimes(PutEventsCommand, 2);
  });

  it('fails as a whole when the bus cannot be reached', async () => {
    bridge.on(PutEventsCommand).rejects(new Error('no bus'));
    await expect(send(eventsOfPayments(1))).rejects.toThrow('no bus');
  });
});

describe('publishing changes', () => {
  function publisher() {
    const lines: string[] = [];
    const metrics = createMetrics((line) => lines.push(line));
    const publish = createPublishChanges({
      send,
      markTold: async () => undefined,
      metrics,
      clock: () => at(30),
    });
    const sum = (name: string) => {
      metrics.flush(at(31));
      const values = lines.flatMap((line) => (JSON.parse(line)[name] ?? []) as number[]);
      return values.reduce((total, value) => total + value, 0);
    };
    return { publish, sum, lines };
  }

  it('tells nothing back when the bus has everything', async () => {
    busRefuses();
    const { publish, sum } = publisher();
    expect(await publish(changesOf(8))).toBeUndefined();
    expect([sum('Published'), sum('PublishFailed')]).toEqual([16, 0]);
  });

  it('gives the first record that is not fully published, and counts nothing after it', async () => {
    busRefuses(11);
    const { publish, sum } = publisher();
    const changes = changesOf(20);
    // Two events a record: the twelfth event belongs to the sixth record.
    expect(await publish(changes)).toBe(changes[5]?.sequenceNumber);
    // The rest of the same call was taken by the bus; nothing of later calls was.
    expect(sum('Published')).toBe(19);
    expect(sum('PublishFailed')).toBe(21);
    expect(sentIds()).toHaveLength(20);
  });

  it('gives the record itself when only the second of its events failed', async () => {
    busRefuses(1);
    const { publish } = publisher();
    const changes = changesOf(2);
    expect(await publish(changes)).toBe(changes[0]?.sequenceNumber);
  });

  it('asks nothing of the bus for records that say nothing', async () => {
    const { publish } = publisher();
    const [change] = changesOf(1);
    expect(await publish([{ ...change!, kind: 'payer' }])).toBeUndefined();
    expect(await publish([])).toBeUndefined();
    expect(bridge).not.toHaveReceivedAnyCommand();
  });

  it('measures the stage from the later of commit and stream record, per gateway', async () => {
    busRefuses();
    const { publish, sum, lines } = publisher();
    await publish(live([statement()], openInvoice()).changes);
    // The record of the invoice is the third: written three seconds after noon, sent at thirty.
    expect(sum('StagePublishMs')).toBe(27_000);
    expect(lines.some((line) => JSON.parse(line).Gateway === 'tbank')).toBe(true);
  });
});
