import { describe, expect, it } from 'vitest';
import { attributesMd5, messageBytes } from '#local/sqs/message.ts';

describe('the digest of message attributes', () => {
  // Digests that AWS computed, as other projects have recorded them.
  it('agrees with the known digests', () => {
    const attribute = (DataType: string) => ({ DataType, StringValue: '1493147359900' });
    expect(attributesMd5({ timestamp: attribute('Number.java.lang.Long') })).toBe(
      '2e2e4876d8e0bd6b8c2c8f556831c349',
    );
    expect(attributesMd5({ 'SOME_Valid.attribute-Name': attribute('Number') })).toBe(
      '36655e7e9d7c0e8479fa3f3f42247ae7',
    );
  });

  it('does not depend on the order of attributes, but on kind and value', () => {
    const a = { DataType: 'String', StringValue: 'x' };
    const b = { DataType: 'Binary', BinaryValue: Buffer.from('x').toString('base64') };
    expect(attributesMd5({ a, b })).toBe(attributesMd5({ b, a }));
    expect(attributesMd5({ a })).not.toBe(attributesMd5({ a: { ...b, DataType: 'String' } }));
    expect(attributesMd5({})).toBeUndefined();
  });

  it('counts names, types and decoded values towards the size', () => {
    const raw = { DataType: 'Binary', BinaryValue: Buffer.alloc(9).toString('base64') };
    expect(messageBytes('я', { raw })).toBe(2 + 3 + 6 + 9);
  });
});
