import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RawRequest } from '#shared/gateways/gateway.ts';
import { wireOf } from '#test/gateways/amounts.ts';
import type { Kit } from '#test/gateways/kit.ts';
import { NOW, noFetch } from '#test/gateways/request.ts';
import { kits } from '#test/gateways/signers/all-kits.ts';

/** What the product has compared in constant time, and what it has checked with a public key. */
const compared: { readonly a: string; readonly b: string; readonly equal: boolean }[] = [];
let verifications = 0;

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:crypto')>();
  return {
    ...real,
    timingSafeEqual(a: Uint8Array, b: Uint8Array) {
      const equal = real.timingSafeEqual(a, b);
      compared.push({ a: Buffer.from(a).toString(), b: Buffer.from(b).toString(), equal });
      return equal;
    },
    verify(...args: Parameters<typeof real.verify>) {
      verifications += 1;
      return real.verify(...args);
    },
  };
});

afterEach(() => {
  compared.length = 0;
  verifications = 0;
});

/** A public key has no secret to find out by timing: these are compared by nobody. */
const BY_PUBLIC_KEY = new Set(['paypal']);
const UNSIGNED = new Set(['yookassa']);

const signed = kits.filter(({ gateway }) => !UNSIGNED.has(gateway.name));

async function outcomeOf(kit: Kit, request: RawRequest, secrets: readonly string[]) {
  const deps = { fetch: noFetch, now: () => NOW };
  return (await kit.gateway.receive(request, kit.account(secrets), deps)).outcome;
}

describe('the secret of a signature', () => {
  it.each(signed)(
    'of $gateway.name decides nothing but by a constant-time comparison',
    async (kit) => {
      const [secret, other] = kit.secrets;
      const request = kit.captured(wireOf(kit, 490_000n), secret);

      expect(await outcomeOf(kit, request, [secret])).toBe('statements');
      const right = [...compared];
      compared.length = 0;
      expect(await outcomeOf(kit, request, [other])).toBe('refused');
      const wrong = [...compared];

      if (BY_PUBLIC_KEY.has(kit.gateway.name)) {
        expect(verifications).toBeGreaterThanOrEqual(2);
        return;
      }
      // The right signature was found equal, and the wrong one was compared as a whole.
      expect(right.filter(({ equal }) => equal).length).toBeGreaterThan(0);
      expect(wrong.length).toBeGreaterThan(0);
      expect(wrong.every(({ equal }) => !equal)).toBe(true);
      // The same received signature stood on one side both times, and a digest on the other.
      const received = right.find(({ equal }) => equal)?.b;
      expect(wrong.map(({ b }) => b)).toContain(received);
      for (const { a } of wrong) expect(a.length).toBeGreaterThanOrEqual(32);
    },
  );

  it.each(signed)(
    'of $gateway.name does not show by the count of comparisons which one fitted',
    async (kit) => {
      if (BY_PUBLIC_KEY.has(kit.gateway.name)) return;
      const [secret, other] = kit.secrets;
      const request = kit.captured(wireOf(kit, 490_000n), secret);
      const counts: number[] = [];
      for (const secrets of [
        [secret, other],
        [other, secret],
      ]) {
        compared.length = 0;
        expect(await outcomeOf(kit, request, secrets)).toBe('statements');
        counts.push(compared.length);
      }
      expect(counts[0]).toBe(counts[1]);
    },
  );
});

/** Code that handles keys and signatures: every file of the gateways, and of the platform. */
const ROOTS = ['shared/gateways', 'shared/platform', 'shared/webhooks', 'functions'];

/** A comparison with `==`, `includes` and the like of something that is named like a secret. */
const NAIVE = [
  /\b(?:signature|checksum|digest|token|hmac\w*|hash\w*|password\w*|secret\w*|expected)\b(?:\([^)]*\))?\s*(?:[!=]==|[!=]=(?!=))(?!\s*(?:undefined|null|'|"|\d))/i,
  /^(?!.*typeof)(?!.*[!=]==?\s*\w*\s*['"]).*\w\s*(?:[!=]==|[!=]=(?!=))\s*(?:signature|checksum|digest|hmac\w*|password\w*|secret\w*)\b/i,
  /\b(?:signatures?|checksum|digest|token|hmac\w*|hashHex)\b(?:\([^)]*\))?\.(?:includes|startsWith|endsWith|localeCompare|match|indexOf)\(/i,
  /\.(?:includes|indexOf|has)\(\s*(?:signature|checksum|hmac\w*|digest|token)\b/i,
];

function naiveLinesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line))
    .filter((line) => NAIVE.some((pattern) => pattern.test(line)));
}

describe('the source', () => {
  it('compares nothing that is named like a secret with an operator that stops at the first difference', () => {
    const found: string[] = [];
    for (const root of ROOTS) {
      const folder = resolve(import.meta.dirname, '../..', root);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const file of files.filter((name) => name.endsWith('.ts'))) {
        const lines = naiveLinesOf(readFileSync(join(folder, file), 'utf8'));
        found.push(...lines.map((line) => `${root}/${file}: ${line.trim()}`));
      }
    }
    expect(found).toEqual([]);
  });

  it.each([
    'if (hmacHex("sha256", secret, text) === signature) return true;',
    'return signature !== expected;',
    'if (checksum == told.checksum) {',
    'signatures.includes(signature)',
    'return expected.startsWith(x) || digest.startsWith(prefix);',
    'if (request.headers.sign === hmac) return;',
  ])('would be caught with %s', (line) => {
    expect(naiveLinesOf(line)).toEqual([line]);
  });

  it.each([
    "if (token === undefined || token === '') refuse('signature_missing', 'Token');",
    'if (signatures.length === 0) return;',
    "if (typeof token !== 'string') return;",
  ])('is not suspected for %s', (line) => {
    expect(naiveLinesOf(line)).toEqual([]);
  });
});
