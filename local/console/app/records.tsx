import type { InvoiceView, ParkedView, Snapshot } from '../snapshot.ts';
import type { Words } from './format.ts';
import { LANGUAGES, type TextKey } from './texts.ts';

type Props = { words: Words; snapshot: Snapshot };

/** The latest invoices, as the operator API has them. */
export function Invoices({ words, snapshot }: Props) {
  const { t } = words;
  const { invoices, failure } = snapshot.records;
  return (
    <section class="panel half" aria-labelledby="invoices-title">
      <div class="panel-head">
        <h2 id="invoices-title">{t('invoices')}</h2>
        <Failure words={words} failure={failure} />
      </div>
      {invoices.length === 0 ? (
        <p class="muted">{t('noInvoices')}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{t('invoice')}</th>
              <th scope="col" class="number">
                {t('amount')}
              </th>
              <th scope="col">{t('state')}</th>
              <th scope="col" class="number">
                {t('age')}
              </th>
            </tr>
          </thead>
          <tbody>
            {invoices.map((invoice) => (
              <Invoice key={invoice.id} words={words} invoice={invoice} nowMs={snapshot.atMs} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const BADGES = { open: 'plain', partially_paid: 'near', paid: 'good' } as const;

type InvoiceProps = { words: Words; invoice: InvoiceView; nowMs: number };

function Invoice({ words, invoice, nowMs }: InvoiceProps) {
  const { id, status, totalMinor, currency, createdAtMs } = invoice;
  return (
    <tr data-status={status}>
      <td>
        <code class="id" title={id}>
          {shortId(id)}
        </code>
      </td>
      <td class="number">{words.money(totalMinor, currency)}</td>
      <td>
        <span class={`badge ${BADGES[status]}`}>{words.t(`status_${status}`)}</span>
      </td>
      <td class="number muted">{words.age(nowMs - createdAtMs)}</td>
    </tr>
  );
}

/** Money that waits for a person to say what it is for. */
export function Inbox({ words, snapshot }: Props) {
  const { t } = words;
  const { inbox, failure } = snapshot.records;
  return (
    <section class="panel" aria-labelledby="inbox-title">
      <div class="panel-head">
        <h2 id="inbox-title">{t('inbox')}</h2>
        <p class="muted">{t('inboxNote')}</p>
        <Failure words={words} failure={failure} />
      </div>
      {inbox.length === 0 ? (
        <p class="quiet">{t('inboxEmpty')}</p>
      ) : (
        <ul class="inbox">
          {inbox.map((parked) => (
            <Parked
              key={`${parked.gateway} ${parked.paymentId}`}
              words={words}
              parked={parked}
              nowMs={snapshot.atMs}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function Parked({ words, parked, nowMs }: { words: Words; parked: ParkedView; nowMs: number }) {
  const { t } = words;
  const { gateway, amountMinor, currency, reason, sinceMs, invoiceId, suggestion } = parked;
  return (
    <li>
      <p>
        <strong class="numbers">{words.money(amountMinor, currency)}</strong>{' '}
        <span>{words.gateway(gateway)}</span>{' '}
        <span class="muted numbers">{words.age(nowMs - sinceMs)}</span>
      </p>
      <p class="muted">
        {reasonText(words, reason)}
        {invoiceId !== null && (
          <>
            :{' '}
            <code class="id" title={invoiceId}>
              {shortId(invoiceId)}
            </code>
          </>
        )}
        {'; '}
        {suggestion === null
          ? t('noSuggestion')
          : t('suggestion', { invoice: shortId(suggestion) })}
      </p>
    </li>
  );
}

function Failure({ words, failure }: { words: Words; failure: string | null }) {
  if (failure === null) return null;
  return <p class="is-over">{words.t('recordsFailed', { error: failure })}</p>;
}

/** A reason that this page does not know yet is shown as it came. */
function reasonText({ t }: Words, reason: string): string {
  const key = `reason_${reason}`;
  return isTextKey(key) ? t(key) : reason;
}

function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(LANGUAGES.en, key);
}

const LONGEST_ID = 16;

function shortId(id: string): string {
  return id.length <= LONGEST_ID ? id : `${id.slice(0, 10)}…${id.slice(-4)}`;
}
