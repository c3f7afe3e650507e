/* The mark of every page: how much waits on this phone, and what the server refused, until somebody has
   seen it. */
import { kind, weight } from './outbox-rules.js';
import * as outbox from './outbox.js';
import { numberOf } from './report-numbers.js';

const SETTLES_WITHIN = 1500;
const mark = document.querySelector('[data-outbox]');

function part(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) { element.className = className; }
  return element;
}

function button(text, act) {
  const element = part('button', text, 'outbox-button');
  element.type = 'button';
  element.addEventListener('click', act);
  return element;
}

function row(message, words) {
  const name = 'kind' + kind(message).replace(/^./, (letter) => letter.toUpperCase());
  const item = part('li', words[name] + (weight(message) > 1 ? ' × ' + weight(message) : ''));
  const happened = message.json && message.json.happened_at;
  const at = happened ? Date.parse(happened) : message.made_at;
  if (at) { item.appendChild(part('small', new Date(at).toLocaleString(document.documentElement.lang))); }
  if (message.about) { item.appendChild(part('b', message.about)); }
  if (message.state === 'waiting') { return item; }
  item.className = message.state === 'refused' ? 'is-refused' : 'is-allowed';
  item.appendChild(part('strong', message.reason || words.textAllowed));
  if (message.status >= 400) { item.appendChild(button(words.textAgain, () => outbox.sendAgain(message))); }
  item.appendChild(button(words.textDismiss, () => outbox.dismiss(message)));
  return item;
}

/* What is answered at once is no waiting. */
function isWaiting(message) { return message.tries > 0 || Date.now() - message.made_at > SETTLES_WITHIN; }

function draw(words) {
  const all = outbox.waiting(), waiting = all.filter(isWaiting), refused = outbox.refused();
  const answered = outbox.answeredLate();
  const number = waiting.reduce((sum, message) => sum + weight(message), 0);
  const texts = [
    number ? words.textWaiting.replace('{n}', number) : '',
    refused.length ? words.textRefused.replace('{n}', refused.length) : '',
    answered.length ? words.textAnswered.replace('{n}', answered.length) : ''
  ];
  mark.hidden = !texts.some(Boolean);
  mark.classList.toggle('has-refused', refused.length > 0);
  mark.querySelector('[data-outbox-count]').textContent = texts.filter(Boolean).join(' · ');
  const signed = (message) => message.open || (outbox.tokenOf(message.owner) && !message.unsigned);
  const unsigned = waiting.some((message) => !signed(message));
  const why = unsigned ? words.textSignIn : words.textByItself;
  mark.querySelector('[data-outbox-why]').textContent = number ? why : '';
  const list = mark.querySelector('[data-outbox-list]');
  list.textContent = '';
  refused.concat(answered, waiting).forEach((message) => list.appendChild(row(message, words)));
  if (all.length > waiting.length) { setTimeout(() => draw(words), SETTLES_WITHIN); }
}

if (mark) {
  outbox.watch((event) => {
    draw(mark.dataset);
    const number = event.type === 'answered' && numberOf(event);
    if (number && window.tracker) {
      window.tracker.say(mark.dataset.textReported.replace('{number}', number));
    }
    if (event.type === 'unstored' && window.tracker) { window.tracker.say(mark.dataset.textFull, true); }
  });
  draw(mark.dataset);
}
