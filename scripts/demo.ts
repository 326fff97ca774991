import { localEndpoint } from './lib/local-endpoint.ts';

/** `npm run demo -- <what>`: does to a running `npm start` what the buttons of its page do. */
const USAGE = `npm run demo -- peak <0|1|5|20>          times the usual evening, for a minute
npm run demo -- slow <stage>             by three seconds, for a minute and a half
npm run demo -- unslow <stage>           receive, queue, reread, settle, publish or deliver
npm run demo -- outage <gateway> <on|off>
npm run demo -- pay <gateway>
`;

function bodyOf(
  what: string | undefined,
  name: string | undefined,
  value: string | undefined,
): object | undefined {
  if (name === undefined) return undefined;
  switch (what) {
    case 'peak':
      return { factor: Number(name) };
    case 'slow':
    case 'unslow':
      return { stage: name };
    case 'outage':
      return { gateway: name, isOut: value !== 'off' };
    case 'pay':
      return { gateway: name };
    default:
      return undefined;
  }
}

const [what, name, value] = process.argv.slice(2);
const body = bodyOf(what, name, value);
if (!body) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const { consoleUrl } = await localEndpoint();
if (consoleUrl === undefined) throw new Error('The page is not up yet.');
const answer = await fetch(`${consoleUrl}/actions/${what}`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
process.stdout.write(
  `${answer.ok ? 'done' : `refused: ${answer.status} ${await answer.text()}`}\n`,
);
process.exitCode = answer.ok ? 0 : 1;
