import { type Clock, instantFromMs } from '#shared/kernel/time.ts';

/** The machine's time: the only place outside `local/` that reads it. */
export const systemClock: Clock = () => instantFromMs(Date.now());
