/* The technician at a rescue: on the way, arrived (by scan or button), people out. Each step is on the phone
   with its own time before anything is sent, and goes out by itself where there is no signal. */
import './offline.js';
import { reason } from './outbox-rules.js';
import * as outbox from './outbox.js';
import { isReachable } from './phone.js';
import { HOW } from './position.js';
import { sendSwipe } from './visit-swipe.js';

const root = document.querySelector('[data-rescue]');
const words = root.dataset, call = words.rescue, lane = 'rescue:' + call;
const line = root.querySelector('[data-rescue-say]');

function say(text, isBad) {
  line.textContent = text;
  window.tracker.say(text, isBad);
}

/* The numbers and words of a form, as the step's message has them; what is empty is left out. */
function fieldsOf(form) {
  const json = {}, typed = new FormData(form);
  ['people', 'injured', 'eta_minutes'].forEach((name) => {
    if (typed.get(name)) { json[name] = Number(typed.get(name)); }
  });
  ['cause', 'result'].forEach((name) => { if (typed.get(name)) { json[name] = typed.get(name); } });
  if (typed.get('narrative')) { json.text = typed.get('narrative'); }
  return json;
}

function message(step, json) {
  const now = new Date().toISOString();
  const fields = Object.assign({ step_id: outbox.uuid(), step: step, happened_at: now }, json);
  const path = '/rescue/calls/' + call + '/steps';
  return { lane: lane, owner: words.person, method: 'POST', path: path, json: fields };
}

function sendOut(sent) {
  sent.then((response) => {
    if (response.status >= 200 && response.status < 300) {
      window.location.reload();
    } else {
      say(reason(response.status, response.json), true);
    }
  });
  isReachable().then((reachable) => { if (!reachable) { say(words.textHeld); } });
}

root.querySelectorAll('[data-rescue-step]').forEach((form) => {
  form.addEventListener('submit', (event) => {
    if (!outbox.isEnrolled(words.person) && navigator.onLine) { return; }  // the page posts by itself
    event.preventDefault();
    form.querySelectorAll('button').forEach((button) => { button.disabled = true; });
    sendOut(outbox.send(message(form.dataset.rescueStep, fieldsOf(form))));
  });
});

root.querySelectorAll('[data-rescue-swipe]').forEach((form) => {
  form.addEventListener('scan', (event) => {
    event.preventDefault();
    const json = {
      swipe_id: outbox.uuid(), code: event.detail.text, how: HOW[event.detail.source],
      direction: 'rescue', happened_at: new Date().toISOString()
    };
    sendOut(sendSwipe({ lane: lane, owner: words.person, method: 'POST', path: '/swipes', json: json }));
  });
});
