import type { History } from './history.ts';

/** Shortens a history as long as it still fails: without steps, charges and minimums that it does not need. */
export function shrunk(history: History, fails: (history: History) => boolean): History {
  let current = history;
  for (;;) {
    const shorter = smallerThan(current).find(fails);
    if (!shorter) return current;
    current = shorter;
  }
}

/** Every history that is smaller by one thing, the largest things first. */
function smallerThan(history: History): History[] {
  const { steps, plans } = history;
  const halves = [Math.ceil(steps.length / 2), Math.ceil(steps.length / 4)].flatMap((size) =>
    size > 1
      ? Array.from({ length: Math.ceil(steps.length / size) }, (_, at) => ({
          from: at * size,
          size,
        }))
      : [],
  );
  const cuts = [...halves, ...steps.map((_, from) => ({ from, size: 1 }))];
  const fewerSteps = cuts.map(({ from, size }) => ({
    ...history,
    steps: steps.filter((_, at) => at < from || at >= from + size),
  }));
  const simplerPlans = plans.flatMap((plan, at) =>
    [
      ...plan.charges.map((_, gone) => ({
        ...plan,
        charges: plan.charges.filter((_, index) => index !== gone),
      })),
      ...(plan.minimum ? [{ ...plan, minimum: undefined }] : []),
    ].map((simpler) => ({ ...history, plans: plans.with(at, simpler) })),
  );
  return [...fewerSteps, ...simplerPlans];
}
