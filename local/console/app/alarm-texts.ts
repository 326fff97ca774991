import type { Language } from './texts.ts';

/**
 * What the alarms of the template say, in Russian. The template writes them in English; what is not
 * known here is shown as it came.
 */
const RUSSIAN: Readonly<Record<string, string>> = {
  'A changed secret or a new dialect makes real payments look forged; or it is an attack.':
    'Сменился секрет или формат шлюза, и настоящие платежи выглядят поддельными; либо это атака.',
  'A change that cannot be read was passed over: nobody has heard of it.':
    'Изменение не удалось прочесть, и его пропустили: никто о нём не узнал.',
  'A gateway’s API answers slowly when asked again.': 'API шлюза медленно отвечает на переспрос.',
  'A gateway took back more than it had received: refunded and charged back, perhaps.':
    'Шлюз забрал больше, чем получил: возможно, и возврат, и списание по спору.',
  'A payment could not be settled and waits for an operator to replay it.':
    'Платёж не удалось провести; он ждёт, пока оператор повторит его.',
  'A payment made for the test did not become paid: real payers wait as well.':
    'Проверочный платёж не стал оплаченным: настоящие плательщики тоже ждут.',
  'A record of the journal was changed around the product, or is missing.':
    'Запись журнала изменена в обход системы или пропала.',
  'A version of a payment or invoice that cannot be read was passed over unsealed.':
    'Версию платежа или счёта не удалось прочесть, и она осталась без печати.',
  'Above half of the warm throughput. Next: writes are throttled and payments wait.':
    'Занято больше половины прогретой мощности. Дальше записи начнут отклоняться, и платежи встанут.',
  'DynamoDB refuses writes for now: payments are settled late.':
    'DynamoDB пока отклоняет записи: платежи проводятся поздно.',
  'Events about settled payments leave late.': 'События о проведённых платежах уходят поздно.',
  'Events reach access late: it opens late.': 'События поздно доходят: доступ открывается поздно.',
  'Gateways get errors in place of acknowledgements, so payments arrive late.':
    'Шлюзы получают ошибки вместо подтверждений, и платежи приходят поздно.',
  'Invoices read paid, but access is not opened.': 'Счета оплачены, но доступ не открывается.',
  'Messages that settlement gave up are not shown to operators yet.':
    'Операторы пока не видят сообщений, от которых отказалось проведение.',
  'Money was received that matches no invoice; its payers wait for what they paid.':
    'Получены деньги, для которых нет счёта; их плательщики ждут оплаченного.',
  'New payments are not in the journal yet, so tampering with them would not show.':
    'Новых платежей ещё нет в журнале, и их подмена осталась бы незаметной.',
  'Nobody checks the seal of the journal or counts the money that waits for a match.':
    'Никто не проверяет печать журнала и не считает неопознанные поступления.',
  'Notifications are answered with 503; gateways come again, so payments arrive late.':
    'На уведомления отвечаем 503; шлюзы повторят их, и платежи придут поздно.',
  'Notifications of this gateway are not taken, so its payers wait for access.':
    'Уведомления этого шлюза не принимаются, и его плательщики ждут доступа.',
  'Operators and sellers’ systems cannot create invoices or look into payments.':
    'Операторы и системы продавцов не могут выставлять счета и смотреть платежи.',
  'Paid invoices still read unpaid, and access stays closed to those who paid.':
    'Оплаченные счета всё ещё числятся неоплаченными, доступ для оплативших закрыт.',
  'Payers wait for access after they have paid, and may pay again.':
    'Плательщики ждут доступа после оплаты и могут заплатить ещё раз.',
  'Payments are settled, but access, CRM and accounting do not hear of it.':
    'Платежи проведены, но доступ, CRM и бухгалтерия об этом не знают.',
  'Payments wait in the queue before settlement.': 'Платежи ждут проведения в очереди.',
  'Raw requests cannot be kept as usual, so disputes would lack their evidence.':
    'Исходные запросы не сохраняются как обычно: в спорах не хватит доказательств.',
  'Somebody paid an hour ago or more, and no operator has replayed the message.':
    'Кто-то заплатил час назад или раньше, а оператор так и не повторил сообщение.',
  'Taking notifications is slow; gateways may give up.':
    'Уведомления принимаются медленно; шлюзы могут отступиться.',
  'The bus refuses events: access, CRM and accounting hear of payments late.':
    'Шина отклоняет события: доступ, CRM и бухгалтерия узнают о платежах поздно.',
  'The gateway itself reports payments late.': 'Шлюз сам поздно сообщает о платежах.',
  'The seal does not cover the newest payments yet.': 'Печать ещё не покрывает последние платежи.',
  'Writing payments to the ledger is slow.': 'Платежи медленно записываются в журнал.',
};

const BUSY = 'Above 70 % of the reserved environments. Next: ';
const BUSY_RUSSIAN = 'Занято больше 70 % зарезервированных сред. Дальше: ';
const STREAM_ENDS = ' The stream keeps a day; after that the records are gone.';
const STREAM_ENDS_RUSSIAN = ' Поток хранит сутки; потом записи пропадут.';
const BURNING = /^Late payments use up the month's budget ([\d.]+) times too fast\.$/;

/** What payers lose while an alarm fires, and the language that it could be said in. */
export function impactIn(
  language: Language,
  impact: string,
): { readonly text: string; readonly language: Language } {
  if (language === 'en') return { text: impact, language };
  const russian = inRussian(impact);
  return russian === undefined ? { text: impact, language: 'en' } : { text: russian, language };
}

function inRussian(impact: string): string | undefined {
  const burning = BURNING.exec(impact)?.[1];
  if (burning !== undefined) {
    return `Опоздания расходуют месячный запас в ${burning.replace('.', ',')} раза быстрее допустимого.`;
  }
  const isBusy = impact.startsWith(BUSY);
  const isOfStream = impact.endsWith(STREAM_ENDS);
  const core = impact.slice(
    isBusy ? BUSY.length : 0,
    isOfStream ? -STREAM_ENDS.length : impact.length,
  );
  const known = RUSSIAN[core];
  if (known === undefined) return undefined;
  return `${isBusy ? BUSY_RUSSIAN : ''}${known}${isOfStream ? STREAM_ENDS_RUSSIAN : ''}`;
}
