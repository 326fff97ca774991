import { Choice } from '../kernel/choice.ts';
import { STORIES_FROM_MS } from '../simulation.ts';
import { DEFAULT_WORLD, type World } from '../world/settings.ts';
import { storyOf } from '../world/stories.ts';
import { CERTAIN_KINDS, type Story } from '../world/story.ts';
import { type Errand, forgedRequests, lookAround, makeLink } from './errands.ts';
import { MOVED_MEANWHILE } from './moved-meanwhile.ts';
import { TROUBLES, type Trouble } from './troubles.ts';

export const SEED = 1;

/** One payer's story, with what goes wrong on its way whatever is crashed. */
export type EnumeratedStory = {
  readonly name: string;
  readonly story: Story;
  readonly trouble?: Trouble;
  readonly errands?: readonly Errand[];
};

const SEARCHED = 400;
const CHOSEN_FROM = 30;
const HOUR_MS = 3_600_000;
const CHOICE = new Choice(SEED);
const IN_DIALECTS: World = { ...DEFAULT_WORLD, wireShare: 0 };

/** The first story of each kind. */
export function storiesOfKinds(): EnumeratedStory[] {
  return CERTAIN_KINDS.map((kind) => ({
    name: kind,
    story: findStory(IN_DIALECTS, kind, anyStory),
  }));
}

/** The first story of each kind, one on the wire of each acquirer, and those that take the rarer ways. */
export function enumeratedStories(): EnumeratedStory[] {
  const find = (kind: string, fits: Fits) => findStory(IN_DIALECTS, kind, fits);
  return [
    ...storiesOfKinds(),
    ...DEFAULT_WORLD.acquirers.map(onTheWireOf),
    { name: 'paid before its invoice', story: find('single', isPaidFirst) },
    { ...onTheWireOf('tbank'), name: 'forged requests', errands: [forgedRequests, lookAround] },
    ...DEFAULT_WORLD.acquirers.map(linkedAt),
    MOVED_MEANWHILE,
    ...TROUBLES.map(({ name, kind, wants, trouble }) => ({
      name,
      story: find(kind, FITS[wants]),
      trouble,
    })),
  ];
}

type Fits = (story: Story) => boolean;

const FITS = { plain: isPlain, paid_first: isPaidFirst, readable: isReadable } satisfies Record<
  string,
  Fits
>;

const anyStory: Fits = () => true;

function findStory(world: World, kind: string, fits: Fits): Story {
  for (let at = 0; at < SEARCHED; at++) {
    const story = tell(world, kind, at);
    if (fits(story)) return story;
  }
  throw new Error(`no ${kind} among ${SEARCHED} stories fits`);
}

function tell(world: World, kind: string, at: number): Story {
  return storyOf(at, STORIES_FROM_MS, 10_000, CHOICE, { ...world, kinds: [kind] });
}

/** Signed requests, and what the gateway's API answers, of the story in which most happens. */
function onTheWireOf(acquirer: World['acquirers'][number]): EnumeratedStory {
  const world = { ...DEFAULT_WORLD, wireShare: 1, acquirers: [acquirer] };
  const told = Array.from({ length: CHOSEN_FROM }, (_, at) => tell(world, 'single', at));
  const [story] = told.sort((a, b) => factsIn(b) - factsIn(a));
  if (!story) throw new Error('no story is told');
  return { name: `on the wire of ${acquirer}`, story };
}

/** The invoice is there before anything is paid, so that a link can be made for it. */
function linkedAt(acquirer: World['acquirers'][number]): EnumeratedStory {
  const world = { ...DEFAULT_WORLD, wireShare: 1, acquirers: [acquirer] };
  const { invoices, ...story } = findStory(world, 'single', isPlain);
  const early = invoices.map((invoice) => ({ ...invoice, atMs: undefined }));
  return {
    name: `link at ${acquirer}`,
    story: { ...story, invoices: early },
    errands: [makeLink],
  };
}

function factsIn({ payments }: Story): number {
  return payments.reduce((sum, { facts }) => sum + facts.length, 0);
}

/** Refunds that an operator orders, long after the money was taken: early ones are for chance to decide. */
export function returnedStories(): EnumeratedStory[] {
  return DEFAULT_WORLD.acquirers.flatMap((acquirer) => {
    const world = { ...DEFAULT_WORLD, wireShare: 1, acquirers: [acquirer] };
    try {
      return [{ name: `refund at ${acquirer}`, story: findStory(world, 'returned', isLate) }];
    } catch {
      return []; // Not every acquirer takes refunds by its API.
    }
  });
}

function isLate({ payments, refunds }: Story): boolean {
  const paidMs = Math.max(...payments.map(({ facts }) => facts.at(-1)?.atMs ?? 0));
  return refunds.length > 0 && refunds.every(({ atMs }) => atMs > paidMs + HOUR_MS);
}

function isPaidFirst({ invoices, payments }: Story): boolean {
  const createdMs = invoices[0]?.atMs ?? 0;
  return payments.every(
    ({ facts, gateway }) => (facts.at(-1)?.atMs ?? 0) < createdMs && gateway.isAsked === 'never',
  );
}

function isPlain({ payments, invoices, startMs }: Story): boolean {
  return (
    payments.every(({ gateway }) => gateway.isAsked === 'never') &&
    invoices.every(({ atMs }) => atMs !== undefined && atMs <= startMs)
  );
}

function isReadable({ poison }: Story): boolean {
  return poison.some(({ body }) => body.startsWith('{'));
}
