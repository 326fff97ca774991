import { parseZone, type Zone } from '#shared/kernel/zone.ts';

export function zone(name: string): Zone {
  const known = parseZone(name);
  if (!known) throw new Error(`${name} is no zone`);
  return known;
}

/** Twenty zones that between them do everything a zone does: skip midnight, repeat it, move by half an hour. */
export const ZONES: readonly Zone[] = [
  ...['Europe/Kaliningrad', 'Europe/Moscow', 'Asia/Krasnoyarsk', 'Asia/Kamchatka', 'UTC'],
  ...['Europe/London', 'Europe/Berlin', 'Africa/Cairo', 'Africa/Casablanca', 'Asia/Gaza'],
  ...['Asia/Kathmandu', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Chatham'],
  ...['America/New_York', 'America/St_Johns', 'America/Sao_Paulo', 'America/Havana'],
  ...['Pacific/Pago_Pago'],
].map(zone);
