/* Signing in at a lift: its label, or its plate (Web NFC, Chrome on Android over HTTPS). With a signal the
   form is posted and its checklist opens; without one the swipe waits in the outbox with its own time. */
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
  const message = {
    lane: 'lift:' + words.lift, owner: words.person, method: 'POST', path: '/swipes',
    json: Object.assign(
      { swipe_id: outbox.uuid(), code: text, happened_at: at, how: how }, here ? { position: here } : {}
    )
  };
  outbox.send(message, 0).then((answer) => {
    if (answer.json.visit_id) {
      window.location.assign('/visits/' + answer.json.equipment_id + '/' + answer.json.visit_id);
    }
  });
  window.tracker.say(words.textHeld);
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
