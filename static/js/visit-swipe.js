/* Signing in at a lift: its label, or its plate (Web NFC, Chrome on Android over HTTPS). With a signal the
   form is posted and its checklist opens; without one the swipe waits in the outbox with its own time, and
   the checklist that this phone keeps opens. */
import './offline.js';
import { openingSwipe } from './outbox-rules.js';
import * as outbox from './outbox.js';
import { isReachable } from './phone.js';
import { HOW, isAsked, whereAmI } from './position.js';

document.querySelectorAll('[data-swipe]').forEach((form) => {
  const words = form.dataset;
  form.addEventListener('scan', (event) => {
    event.preventDefault();
    const { text, source } = event.detail, at = new Date().toISOString(), how = HOW[source];
    if (isAsked) { window.tracker.say(words.textLocating); }
    Promise.all([isReachable(), whereAmI()]).then(([reachable, here]) => (
      reachable ? post(form, text, how, here) : keep(words, text, at, how, here)));
  });
  whereAmI();  // asked for when the page opens, so that the answer is there when the label is read
});

function post(form, text, how, here) {
  const values = Object.assign(
    { swipe_id: form.dataset.swipe, equipment_id: form.dataset.lift, how: how }, here || {}
  );
  Object.keys(values).forEach((name) => {
    const box = document.createElement('input');
    box.type = 'hidden';
    box.name = name;
    box.value = values[name];
    form.appendChild(box);
  });
  form.querySelector('[data-scan-box]').value = text;
  form.submit();
}

function keep(words, text, at, how, here) {
  const swipe = outbox.uuid(), json = { code: text, happened_at: at, how: how };
  const message = openingSwipe(swipe, words.lift, here ? Object.assign(json, { position: here }) : json);
  const answer = outbox.send(Object.assign(message, { owner: words.person }), 0);
  window.tracker.say(words.textHeld);
  answer.then((response) => {
    if (response.json.visit_id) {
      window.location.assign('/visits/' + response.json.equipment_id + '/' + response.json.visit_id);
    }
  });
  Promise.all([isKept(blankOf(words.lift)), answer.saved]).then((both) => {
    if (both[0]) { window.location.assign(blankOf(words.lift) + '#' + swipe); }
  });
}

function blankOf(lift) { return '/visits/start/' + lift + '/checklist'; }

function isKept(path) {
  return window.caches ? window.caches.match(path).then(Boolean, () => false) : Promise.resolve(false);
}

/* Who signed in here without a signal goes on where he was. */
const goOn = document.querySelector('[data-go-on]');
if (goOn) {
  const words = document.querySelector('[data-swipe]').dataset;
  outbox.ready.then(() => {
    const mine = (one) => one.opens && one.lift === words.lift && one.owner === words.person;
    const swipe = outbox.waiting().filter(mine).pop();
    goOn.hidden = !swipe;
    if (swipe) { goOn.href = blankOf(words.lift) + '#' + swipe.opens; }
  });
}

if ('NDEFReader' in window) {
  document.querySelectorAll('[data-plate]').forEach((button) => {
    button.hidden = false;
    button.addEventListener('click', () => {
      const reader = new window.NDEFReader(), form = button.parentNode.querySelector('[data-scan]');
      reader.scan().then(() => {
        button.classList.add('is-reading');
        reader.onreading = (event) => window.scanning.emit(form, event.serialNumber, 'plate');
      }, () => window.tracker.say(document.body.dataset.textFailed, true));
    });
  });
}
