import type { Snapshot } from '../snapshot.ts';
import { type AlarmGroup, groupAlarms, shortAlarmName } from './alarm-groups.ts';
import { impactIn } from './alarm-texts.ts';
import { CodeName } from './code-name.tsx';
import type { Words } from './format.ts';

type Props = { words: Words; snapshot: Snapshot };

/** What fires now, with what it means for payers; then what changed lately. */
export function Alarms({ words, snapshot }: Props) {
  const { t, number } = words;
  const { firing, total } = snapshot.alarms;
  return (
    <section class="panel half" aria-labelledby="alarms-title">
      <div class="panel-head">
        <h2 id="alarms-title">{t('alarms')}</h2>
        {firing.length > 0 && (
          <p class="is-over">{t('firing', { count: number(firing.length) })}</p>
        )}
      </div>
      <div aria-live="polite" aria-relevant="additions">
        {firing.length === 0 ? (
          <p class="quiet">{t('allQuiet', { total: number(total) })}</p>
        ) : (
          <ul class="alarms">
            {groupAlarms(firing).map((group) => (
              <Firing
                key={`${group.stage} ${group.impact}`}
                words={words}
                group={group}
                nowMs={snapshot.atMs}
              />
            ))}
          </ul>
        )}
      </div>
      <History words={words} snapshot={snapshot} />
    </section>
  );
}

type FiringProps = { words: Words; group: AlarmGroup; nowMs: number };

function Firing({ words, group, nowMs }: FiringProps) {
  const { t } = words;
  const { names, stage, sinceMs } = group;
  const impact = impactIn(words.language, group.impact);
  return (
    <li class="alarm">
      <p class="alarm-names">
        {names.map((name) => (
          <CodeName key={name} name={name} />
        ))}
        {/* A reader that speaks changes must not speak the age each second. */}
        <span class="muted numbers" aria-live="off">
          {t('firingFor', { age: words.age(nowMs - sinceMs) })}
        </span>
      </p>
      {stage && <p class="is-over">{t('names', { stage: t(`stage_${stage}`) })}</p>}
      <p lang={impact.language}>{impact.text}</p>
    </li>
  );
}

function History({ words, snapshot }: Props) {
  const { t } = words;
  const { history } = snapshot.alarms;
  if (history.length === 0) return null;
  return (
    <>
      <h3>{t('lastChanges')}</h3>
      <ul class="changes">
        {history.map(({ name, isFiring, atMs }) => (
          <li key={`${name} ${atMs}`}>
            <time class="numbers muted">{words.clock(atMs, true)}</time>
            <CodeName name={shortAlarmName(name)} />
            <span class={isFiring ? 'is-over' : 'is-good'}>{t(isFiring ? 'fired' : 'calmed')}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
