/** What a user might export by mistake. */
export const faults = [{ name: 'without rates' }];
