import type { Snapshot } from '../snapshot.ts';
import { CodeName } from './code-name.tsx';
import type { Words } from './format.ts';

type Props = { words: Words; snapshot: Snapshot };

/** What went wrong inside the local cloud; nothing is shown while nothing has. */
export function Problems({ words, snapshot }: Props) {
  if (snapshot.problems.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="problems-title">
      <div class="panel-head">
        <h2 id="problems-title">{words.t('problems')}</h2>
      </div>
      <ul class="problems" lang="en">
        {snapshot.problems.map((problem) => (
          <li key={problem}>
            <code>{problem.slice(0, 300)}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The queues by the names of the template. Those for failures are shown when they hold something. */
export function Queues({ words, snapshot }: Props) {
  const { t, number, delay } = words;
  const working = snapshot.queues.filter(({ isForFailures }) => !isForFailures);
  const failed = snapshot.queues.filter(({ isForFailures }) => isForFailures);
  const failedCount = failed.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0);
  const shown = [...working, ...failed.filter(({ visible, inFlight }) => visible + inFlight > 0)];
  return (
    <section class="panel" aria-labelledby="queues-title">
      <div class="panel-head">
        <h2 id="queues-title">{t('queues')}</h2>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('queue')}</th>
            <th scope="col" class="number">
              {t('visible')}
            </th>
            <th scope="col" class="number">
              {t('inFlight')}
            </th>
            <th scope="col" class="number">
              {t('oldest')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ name, visible, delayed, inFlight, oldestAgeMs, isForFailures }) => (
            <tr key={name} class={isForFailures ? 'is-over' : ''} data-queue={name}>
              <td>
                <CodeName name={name} />
              </td>
              <td class="number">{number(visible + delayed)}</td>
              <td class="number">{number(inFlight)}</td>
              <td class="number">{oldestAgeMs === 0 ? '–' : delay(oldestAgeMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class={failedCount > 0 ? 'is-over' : 'muted'}>
        {t('failures', { count: number(failedCount) })}
      </p>
    </section>
  );
}

/** The functions by the names of the template, the busiest first. */
export function Functions({ words, snapshot }: Props) {
  const { t, number } = words;
  return (
    <section class="panel half" aria-labelledby="functions-title">
      <div class="panel-head">
        <h2 id="functions-title">{t('functions')}</h2>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('function')}</th>
            <th scope="col" class="number">
              {t('running')}
            </th>
            <th scope="col" class="number">
              {t('invocations')}
            </th>
            <th scope="col" class="number">
              {t('errors')}
            </th>
            <th scope="col" class="number roomy">
              {t('throttles')}
            </th>
          </tr>
        </thead>
        <tbody>
          {snapshot.functions.map((one) => (
            <tr key={one.name}>
              <td>
                <CodeName name={one.name} />
              </td>
              <td class="number">
                {t('runningOf', {
                  running: number(one.running),
                  environments: number(one.environments),
                })}
              </td>
              <td class="number">{number(one.invocations)}</td>
              <td class={`number ${one.errors > 0 ? 'is-over' : ''}`}>{number(one.errors)}</td>
              <td class={`number roomy ${one.throttles > 0 ? 'is-near' : ''}`}>
                {number(one.throttles)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
