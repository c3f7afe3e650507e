/* A step that needs another person than the one on duty: his PIN or card is sent with it at once. A PIN is
   kept nowhere: without a network only a card counts, looked up in the list, and waits with its step. */
import * as offline from './fill-offline.js';
import { words as wordsOf } from './fill-rules.js';
import { send } from './fill-send.js';
import * as view from './fill-view.js';
import * as outbox from './outbox.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
let step = null;

/* `next` is {method, path, json, field, done, kept}: the message, under which name it shows the person, what
   follows once it is recorded, and what where it waits here (none: it needs the server). */
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
  if (next.kept && offline.isOffline()) { keep(next, json, shown); return; }
  outbox.request({ method: next.method, path: next.path, json: json, owner: '' }).then((answer) => {
    if (!answer.status && next.kept) { keep(next, json, shown); return; }
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

/* Nobody answers: the step waits in its lane, with the card that the list knows. */
function keep(next, json, shown) {
  const problem = shown.card ? offline.secondProblem(shown.card) : words.textSecondCard;
  if (problem) { window.tracker.say(problem, true); return; }
  view.clear();
  document.querySelector('[data-scan-box]').focus({ preventScroll: true });
  send(next.method, next.path, json, true, () => undefined);
  next.kept();
}

root.addEventListener('click', (event) => {
  if (event.target.closest('[data-second-done]')) { confirm(); }
});
root.addEventListener('keydown', (event) => {
  if (!event.target.hasAttribute('data-second-proof') || event.key !== 'Enter') { return; }
  event.preventDefault();
  confirm();
});
