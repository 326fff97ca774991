import { decimalText } from './currency.ts';
import type { SimulatedPayment } from './payment.ts';

type Words = Readonly<
  Record<
    | 'title'
    | 'invoice'
    | 'pay'
    | 'hold'
    | 'decline'
    | 'again'
    | 'back'
    | 'note'
    | SimulatedPayment['status'],
    string
  >
>;

const WORDS: Readonly<Record<'ru' | 'en', Words>> = {
  ru: {
    title: 'Оплата',
    invoice: 'Счёт',
    pay: 'Оплатить',
    hold: 'Заморозить сумму',
    decline: 'Отказ банка',
    again: 'Попробовать ещё раз',
    back: 'Вернуться в магазин',
    note: 'Это имитатор платёжного шлюза. Деньги не списываются.',
    new: 'Ожидает оплаты',
    authorised: 'Сумма заморожена',
    captured: 'Оплачено',
    cancelled: 'Отменено',
    failed: 'Банк отказал в оплате',
  },
  en: {
    title: 'Payment',
    invoice: 'Invoice',
    pay: 'Pay',
    hold: 'Hold the amount',
    decline: 'Decline by the bank',
    again: 'Try again',
    back: 'Back to the shop',
    note: 'This is a simulated payment gateway. No money is taken.',
    new: 'Waiting for payment',
    authorised: 'The amount is held',
    captured: 'Paid',
    cancelled: 'Cancelled',
    failed: 'The bank declined',
  },
};

export type Language = keyof typeof WORDS;

/** English only for those who ask for it before Russian. */
export function languageOf(acceptLanguage: string | undefined, wish: string | null): Language {
  if (wish === 'ru' || wish === 'en') return wish;
  const first = /\b(ru|en)\b/i.exec(acceptLanguage ?? '')?.[1]?.toLowerCase();
  return first === 'en' ? 'en' : 'ru';
}

export type PageFacts = {
  readonly payment: SimulatedPayment;
  readonly language: Language;
  readonly canDecline: boolean;
  readonly canTryAgain: boolean;
};

/** The hosted page on which a person pays an order: no script, nothing from elsewhere. */
export function renderPayPage(facts: PageFacts): string {
  const { payment, language } = facts;
  const words = WORDS[language];
  const amount = decimalText(payment.amountMinor, payment.currency);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title} · ${payment.gateway}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="gateway">${payment.gateway}</p>
<h1>${amount} ${escapeHtml(payment.currency)}</h1>
<dl>
<dt>${words.invoice}</dt><dd>${escapeHtml(payment.reference)}</dd>
<dt>${words.title}</dt><dd>${escapeHtml(payment.description)}</dd>
</dl>
<p class="status ${payment.status}" role="status">${words[payment.status]}</p>
${buttons(facts, words)}
${backLink(payment, words)}
<p class="note">${words.note}</p>
</main>
</body>
</html>
`;
}

function buttons({ payment, language, canDecline, canTryAgain }: PageFacts, words: Words): string {
  const isOpen = payment.status === 'new' || (payment.status === 'failed' && canTryAgain);
  if (!isOpen) return '';
  const label =
    payment.status === 'failed' ? words.again : payment.isTwoStage ? words.hold : words.pay;
  const decline = canDecline
    ? `<button name="action" value="decline" class="quiet">${words.decline}</button>`
    : '';
  return `<form method="post"><input type="hidden" name="lang" value="${language}">
<button name="action" value="pay">${label}</button>
${decline}
</form>`;
}

/** Only addresses of the web are offered: a link made by a caller could be a script. */
function backLink({ returnUrl, status }: SimulatedPayment, words: Words): string {
  if (status === 'new' || returnUrl === undefined || !/^https?:\/\//i.test(returnUrl)) return '';
  return `<p><a href="${escapeHtml(returnUrl)}">${words.back}</a></p>`;
}

export function escapeHtml(text: string): string {
  const marks: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 17px/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 10vh auto; padding: 2rem; border: 1px solid #8885; border-radius: 12px; }
.gateway { margin: 0; opacity: .65; }
h1 { margin: 0 0 1rem; font-size: 2.2rem; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0 0 1rem; }
dt { opacity: .65; }
dd { margin: 0; overflow-wrap: anywhere; }
.status.captured, .status.authorised { color: light-dark(#0a6b2d, #6fdc94); }
.status.failed, .status.cancelled { color: light-dark(#a01818, #ff9a9a); }
form { display: grid; gap: .75rem; }
button { font: inherit; padding: .8rem; border: 0; border-radius: 8px; background: #1657d0; color: #fff; cursor: pointer; }
button.quiet { background: none; color: inherit; border: 1px solid #8888; }
button:focus-visible, a:focus-visible { outline: 3px solid #f0a; outline-offset: 2px; }
.note { margin: 1.5rem 0 0; font-size: .85rem; opacity: .65; }
`;
