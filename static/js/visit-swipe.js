/* Signing in at a lift: its label, or its plate (Web NFC, Chrome on Android over HTTPS). The swipe stands in
   the outbox with its own time before anything else is asked, and goes out with its position. With a signal
   its visit opens; without one it waits, and the checklist that this phone keeps opens. */
import './offline.js';
import { openingSwipe, reason } from './outbox-rules.js';
import * as outbox from './outbox.js';
import { isReachable } from './phone.js';
import { HOW, LONGEST, isAsked, whereAmI } from './position.js';

const MARGIN = 2000;

/* Store a swipe; its position follows. `located` of what comes back is resolved once it has, or never
   will. */
export function sendSwipe(message) {
  const resting = isAsked ? { rests_until: Date.now() + LONGEST + MARGIN } : {};
  const sent = outbox.send(Object.assign(message, resting), 0);
  const located = isAsked
    ? whereAmI().then((here) => outbox.complete(sent, here ? { position: here } : {}))
    : sent.saved;
  return Object.assign(sent, { located: located });
}

document.querySelectorAll('[data-swipe]').forEach((form) => {
  const words = form.dataset;
  form.addEventListener('scan', (event) => {
    event.preventDefault();
    if (!words.swiping) { signIn(words, event.detail.text, HOW[event.detail.source]); }
  });
  outbox.watch((event) => {
    const message = event.message, isMine = message && message.opens && message.owner === words.person;
    if (!isMine || message.lift !== words.lift) { return; }
    if (event.type === 'answered') { showAnswer(words, event.response); }
    if (event.type === 'held') { waits(words, message.opens); }
  });
  outbox.ready.then(() => dismiss(words));
  whereAmI();  // asked for when the page opens, so that the answer is there when the label is read
});

function signIn(words, text, how) {
  const swipe = outbox.uuid(), json = { code: text, happened_at: new Date().toISOString(), how: how };
  const sent = sendSwipe(Object.assign(openingSwipe(swipe, words.lift, json), { owner: words.person }));
  words.swiping = swipe;
  if (isAsked) { window.tracker.say(words.textLocating); }
  Promise.all([isReachable(), sent.located]).then(([reachable]) => {
    if (!reachable) { waits(words, swipe); }
  });
}

/* The server says what came of it: the visit, or why there is none. */
function showAnswer(words, response) {
  const json = response.json || {};
  words.swiping = '';
  if (json.swipe_id) {
    window.location.assign('/visits/swipes/' + json.swipe_id + '?tapped=' + words.lift);
  } else {
    window.tracker.say(reason(response.status, response.json), true);
  }
}

/* No answer: it is said once, and the checklist that is kept opens. */
function waits(words, swipe) {
  if (words.swiping !== swipe) { return; }
  words.swiping = '';
  window.tracker.say(words.textHeld);
  drawGoOn(words);
  isKept(blankOf(words.lift)).then((kept) => {
    if (kept) { window.location.assign(blankOf(words.lift) + '#' + swipe); }
  });
}

/* A refusal that this page shows with its basis needs no second place; what was answered behind it does. */
function dismiss(words) {
  const refused = outbox.refused().filter((one) => one.owner === words.person);
  const swipe = refused.filter((one) => one.opens && one.opens === words.answered)[0];
  if (swipe && !refused.some((one) => one !== swipe && one.lane === swipe.lane)) { outbox.dismiss(swipe); }
}

function blankOf(lift) { return '/visits/start/' + lift + '/checklist'; }

function isKept(path) {
  return window.caches ? window.caches.match(path).then(Boolean, () => false) : Promise.resolve(false);
}

/* Who signed in here without a signal goes on where he was. */
function drawGoOn(words) {
  const goOn = document.querySelector('[data-go-on]');
  if (!goOn) { return; }
  const mine = (one) => one.opens && one.lift === words.lift && one.owner === words.person;
  const swipe = outbox.waiting().filter(mine).pop();
  goOn.hidden = !swipe;
  if (swipe) { goOn.href = blankOf(words.lift) + '#' + swipe.opens; }
}

const atLift = document.querySelector('[data-swipe]');
if (atLift) { outbox.ready.then(() => drawGoOn(atLift.dataset)); }

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
