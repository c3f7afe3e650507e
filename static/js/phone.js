/* A phone gets a token of the person who is signed in (the element [data-phone] names him and the address
   that gives it): what waits on the phone is sent by that, also after the sign-in has ended. */
import * as outbox from './outbox.js';

const page = document.querySelector('[data-phone]');
let enrolling = false;

/* Once per page, and again when the server takes the token no more; where the sign-in has ended the page
   asks for it first. */
function enrol() {
  const person = page.dataset.person;
  if (enrolling) { return; }
  if (outbox.isEnrolled(person)) {
    if (!outbox.isEnrolled('')) { outbox.enrolled(outbox.tokenOf(person), person); }
    return;
  }
  enrolling = true;
  const over = () => { enrolling = false; };
  window.tracker.ask(page.dataset.enrol, { method: 'POST' })
    .then((response) => (response.ok ? response.json() : null))
    .then((json) => { if (json) { outbox.enrolled(json.token, json.person); } })
    .then(over, over);
}

if (page && page.dataset.person) {
  outbox.ready.then(enrol);
  outbox.watch((event) => {
    if (event.type === 'sign_in' && ['', page.dataset.person].indexOf(event.message.owner) >= 0) { enrol(); }
  });
}

/* Whether the server answers now; a signal alone does not say so. */
export function isReachable() {
  if (!navigator.onLine) { return Promise.resolve(false); }
  const stop = new AbortController(), late = setTimeout(() => stop.abort(), 5000);
  const asked = fetch('/api/v1/ping', { cache: 'no-store', signal: stop.signal });
  return asked.then((response) => response.ok, () => false).then((reachable) => {
    clearTimeout(late);
    return reachable;
  });
}
