/* A step that needs another person than the one on duty: his PIN or card is sent with it at once and kept
   nowhere. */
import { words as wordsOf } from './fill-rules.js';
import * as view from './fill-view.js';
import * as outbox from './outbox.js';

const root = document.querySelector('[data-fill]');
let step = null;

/* `next` is {method, path, json, field, done}: the message, under which name it shows the person, and what
   follows once it is recorded. */
export function askSecond(next) {
  step = next;
  view.clear();
  view.add('second');
  view.find('[data-second-proof]').focus({ preventScroll: true });
}

function confirm() {
  const person = view.find('[data-second]').value, proof = view.find('[data-second-proof]').value.trim();
  const shown = person ? { user_id: person, pin: proof } : { card: proof };
  const json = Object.assign({}, step.json, { [step.field]: shown }), next = step;
  view.find('[data-second-proof]').value = '';
  outbox.request({ method: next.method, path: next.path, json: json, owner: '' }).then((answer) => {
    if (answer.status >= 400 || !answer.status) {
      const refusal = answer.json ? wordsOf(answer.json).all : document.body.dataset.textOffline;
      window.tracker.say(refusal, true);
      return;
    }
    view.clear();
    document.querySelector('[data-scan-box]').focus({ preventScroll: true });
    next.done(answer.json);
  });
}

root.addEventListener('click', (event) => {
  if (event.target.closest('[data-second-done]')) { confirm(); }
});
root.addEventListener('keydown', (event) => {
  if (!event.target.hasAttribute('data-second-proof') || event.key !== 'Enter') { return; }
  event.preventDefault();
  confirm();
});
