/* What is done with a refused bottle: one tap; 信息有误 asks what is wrong, and some faults are lifted only
   with a second person. */
import { askForPhoto } from './fill-photo.js';
import { bottleName } from './fill-rules.js';
import { askSecond } from './fill-second.js';
import { isRefused, now, send } from './fill-send.js';
import * as view from './fill-view.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
let treated = null;

function message(more) { return Object.assign({ happened_at: now() }, more); }

/* `isForTwo`: one person alone does not lift what was found. */
export function treat(fill, treatment, isForTwo) {
  treated = fill;
  const path = '/fills/' + fill.fill_id + '/treatment';
  if (treatment === 'treated' && isForTwo) {
    askSecond({
      method: 'POST', path: path, field: 'second', json: message({ treatment: treatment }),
      done: () => window.tracker.say(bottleName(fill.piece) + ' · ' + words.textTreated)
    });
    return;
  }
  const text = treatment === 'treated' ? words.textTreated : words.textKept;
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

root.addEventListener('click', (event) => {
  const wrong = event.target.closest('[data-wrong]');
  if (wrong) {
    wrong.setAttribute('aria-pressed', wrong.getAttribute('aria-pressed') === 'true' ? 'false' : 'true');
    sayWhatIsWrong();
  }
});
root.addEventListener('change', (event) => {
  if (event.target.hasAttribute('data-wrong-words')) { sayWhatIsWrong(); }
});
