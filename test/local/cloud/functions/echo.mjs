/** Answers with the event it got, or misbehaves as the path says. */
export async function handler(event) {
  if (event.rawPath === '/boom') throw new Error('boom');
  if (event.rawPath === '/slow') await new Promise((resolve) => setTimeout(resolve, 4_000));
  return { statusCode: 201, headers: { 'X-Echo': 'yes' }, body: JSON.stringify(event) };
}
