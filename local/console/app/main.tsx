import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { GatewayName } from '#local/acquirers/payment.ts';
import type { Snapshot } from '../snapshot.ts';
import { Alarms } from './alarms.tsx';
import { Charts } from './charts.tsx';
import { FlowMap } from './flow-map.tsx';
import { type Words, wordsOf } from './format.ts';
import { Gateways } from './gateways.tsx';
import { useLive } from './live.ts';
import { Load } from './load.tsx';
import { Functions, Problems, Queues } from './machinery.tsx';
import { Inbox, Invoices } from './records.tsx';
import { Summary } from './summary.tsx';
import { type Language, languageFrom } from './texts.ts';

function useLanguage(): Language {
  const read = () => languageFrom(location.hash, navigator.languages);
  const [language, setLanguage] = useState(read);
  useEffect(() => {
    const follow = () => setLanguage(read());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return language;
}

function App() {
  const language = useLanguage();
  const words = useMemo(() => wordsOf(language), [language]);
  const { snapshot, silentSeconds } = useLive();
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = words.t('title');
  }, [language, words]);
  return (
    <>
      <Header words={words} snapshot={snapshot} silentSeconds={silentSeconds} />
      {snapshot ? (
        <Board words={words} snapshot={snapshot} />
      ) : (
        <main class="waiting" aria-busy="true">
          {words.t('connecting')}
        </main>
      )}
    </>
  );
}

type HeaderProps = { words: Words; snapshot: Snapshot | undefined; silentSeconds: number };

function Header({ words, snapshot, silentSeconds }: HeaderProps) {
  const { t, language, number } = words;
  const other = language === 'en' ? 'ru' : 'en';
  return (
    <header class="top">
      <div class="brand">
        <svg viewBox="0 0 16 16" width="28" height="28" aria-hidden="true">
          <path d="M1 6.5c2.3-3 4.7-3 7 0s4.7 3 7 0M1 11.5c2.3-3 4.7-3 7 0s4.7 3 7 0" />
        </svg>
        <div>
          <h1>{t('title')}</h1>
          <p class="muted">{t('tagline')}</p>
        </div>
      </div>
      <div class="top-right">
        <p class={`pulse ${silentSeconds > 0 ? 'is-silent' : ''}`} role="status">
          {silentSeconds > 0 && t('stale', { seconds: number(silentSeconds) })}
          {silentSeconds === 0 && snapshot && t('live')}
        </p>
        {snapshot && <time class="muted numbers">{words.clock(snapshot.atMs, true)}</time>}
        <a class="button" href={`#${other}`} lang={other} title={t('languageHint')}>
          {t('language')}
        </a>
      </div>
    </header>
  );
}

function Board({ words, snapshot }: { words: Words; snapshot: Snapshot }) {
  const [gateway, setGateway] = useState<GatewayName>();
  const shown = { words, snapshot };
  return (
    <main class="board">
      <Summary {...shown} />
      <Load {...shown} />
      <FlowMap {...shown} gateway={gateway} onGateway={setGateway} />
      <Charts {...shown} />
      <Alarms {...shown} />
      <div class="half column">
        <Inbox {...shown} />
        <Queues {...shown} />
      </div>
      <Gateways {...shown} gateway={gateway} onGateway={setGateway} />
      <Invoices {...shown} />
      <Functions {...shown} />
      <Problems {...shown} />
    </main>
  );
}

const root = document.getElementById('app');
if (root) render(<App />, root);
