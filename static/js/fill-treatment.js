/* What is done with a refused bottle: one tap; 信息有误 asks what is wrong, and some faults are lifted only
   with a second person, whose PIN or card is sent at once and kept nowhere. */
import { askForPhoto } from './fill-photo.js';
import { bottleName, words as wordsOf } from './fill-rules.js';
import { isRefused, now, send } from './fill-send.js';
import * as view from './fill-view.js';
import * as outbox from './outbox.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
let treated = null;

function message(more) { return Object.assign({ happened_at: now() }, more); }

/* `isForTwo`: one person alone does not lift what was found. */
export function treat(fill, treatment, isForTwo) {
  treated = fill;
  if (treatment === 'treated' && isForTwo) {
    view.clear();
    view.add('second');
    view.find('[data-second-proof]').focus({ preventScroll: true });
    return;
  }
  const text = treatment === 'treated' ? words.textTreated : words.textKept;
  const path = '/fills/' + fill.fill_id + '/treatment';
  send('POST', path, message({ treatment: treatment }), false, (answer) => {
    if (!isRefused(answer)) { window.tracker.say(text); }
  });
  view.clear();
  if (treatment === 'wrong_file') {
    view.add('wrong');
    askForPhoto(fill.fill_id);
  }
}

/* It is on record since the tap; each word makes it say more. */
function sayWhatIsWrong() {
  const chosen = Array.from(root.querySelectorAll('[data-wrong][aria-pressed="true"]'));
  const own = view.find('[data-wrong-words]').value.trim();
  const remark = chosen.map((button) => button.dataset.wrong).concat(own).filter(Boolean).join('；');
  if (!remark) { return; }
  const body = message({ treatment: 'wrong_file', remark: remark });
  send('POST', '/fills/' + treated.fill_id + '/treatment', body, false, isRefused);
}

function confirmSecond() {
  const person = view.find('[data-second]').value, proof = view.find('[data-second-proof]').value.trim();
  const second = person ? { user_id: person, pin: proof } : { card: proof };
  const body = message({ treatment: 'treated', second: second });
  const path = '/fills/' + treated.fill_id + '/treatment';
  view.find('[data-second-proof]').value = '';
  outbox.request({ method: 'POST', path: path, json: body, owner: '' }).then((answer) => {
    if (answer.status >= 400 || !answer.status) {
      const refusal = answer.json ? wordsOf(answer.json).all : document.body.dataset.textOffline;
      window.tracker.say(refusal, true);
      return;
    }
    view.clear();
    document.querySelector('[data-scan-box]').focus({ preventScroll: true });
    window.tracker.say(bottleName(treated.piece) + ' · ' + words.textTreated);
  });
}

root.addEventListener('click', (event) => {
  const wrong = event.target.closest('[data-wrong]');
  if (wrong) {
    wrong.setAttribute('aria-pressed', wrong.getAttribute('aria-pressed') === 'true' ? 'false' : 'true');
    sayWhatIsWrong();
  }
  if (event.target.closest('[data-second-done]')) { confirmSecond(); }
});
root.addEventListener('change', (event) => {
  if (event.target.hasAttribute('data-wrong-words')) { sayWhatIsWrong(); }
});
root.addEventListener('keydown', (event) => {
  if (!event.target.hasAttribute('data-second-proof') || event.key !== 'Enter') { return; }
  event.preventDefault();
  confirmSecond();
});
