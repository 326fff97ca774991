import { useEffect, useState } from 'preact/hooks';
import type { Snapshot } from '../snapshot.ts';

export type Live = {
  readonly snapshot: Snapshot | undefined;
  /** How long nothing has come, in whole seconds; 0 while all is well. */
  readonly silentSeconds: number;
};

const SILENCE_MS = 4000;

/** The newest snapshot. The browser reconnects by itself when the process comes back. */
export function useLive(): Live {
  const [snapshot, setSnapshot] = useState<Snapshot>();
  const [silentSeconds, setSilentSeconds] = useState(0);
  useEffect(() => {
    let lastMs = performance.now();
    const source = new EventSource('/live');
    source.onmessage = ({ data }) => {
      lastMs = performance.now();
      setSilentSeconds(0);
      // The server of this very page wrote it, from the same type.
      setSnapshot(JSON.parse(String(data)) as Snapshot);
    };
    const timer = setInterval(() => {
      const silentMs = performance.now() - lastMs;
      setSilentSeconds(silentMs < SILENCE_MS ? 0 : Math.round(silentMs / 1000));
    }, 1000);
    return () => {
      source.close();
      clearInterval(timer);
    };
  }, []);
  return { snapshot, silentSeconds };
}

/** Asks the server to do something. Gives what it answered, or why it did not. */
export async function act(
  name: string,
  body: Readonly<Record<string, unknown>>,
): Promise<{ invoiceId?: string; error?: string }> {
  try {
    const response = await fetch(`/actions/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
