/* Pages for where there is no signal: keeps this page and those it names ([data-keep] links) on the phone,
   says of a page that came from the phone since when it stands, and notes what was answered meanwhile. */
import './offline-rules.js';
import * as outbox from './outbox.js';
import { liftOf, weight } from './outbox-rules.js';
import { isReachable } from './phone.js';

const AFTER_SENDING = 1500, NOTING = 150, LOOKING = 15000;
const rules = window.offlineRules, root = document.querySelector('[data-phone]');
const bar = document.querySelector('[data-offline-bar]'), refreshing = new Set();
const person = root ? root.dataset.person || '' : '';
export const since = document.documentElement.dataset.offline || '';
let refreshSoon = 0;

function isPossible() {
  return Boolean(person && window.isSecureContext && navigator.serviceWorker && window.caches);
}

function links() {
  return [].concat(...Array.from(document.querySelectorAll('[data-keep]')).map((link) => (
    link.dataset.keep.split(' ')
  )));
}

function tell(wish) {
  navigator.serviceWorker.ready.then((registration) => {
    registration.active.postMessage(Object.assign({ type: 'keep', person: person }, wish));
  });
}

function begin() {
  if (navigator.storage && navigator.storage.persist) { navigator.storage.persist(); }
  navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  navigator.serviceWorker.addEventListener('message', (event) => {
    if (event.data.type !== 'kept' || !event.data.whole || !bar) { return; }
    document.querySelectorAll('[data-kept]').forEach((place) => {
      place.hidden = !event.data.pages;
      place.textContent = bar.dataset.textKept.replace('{n}', event.data.pages);
    });
  });
  if (!since) { keepThis(); }
}

function keepThis() {
  const here = window.location.pathname, whole = root.hasAttribute('data-keep-whole');
  const pages = [here].concat(links()).filter((path, place, all) => all.indexOf(path) === place);
  if (rules.isPage(here, window.location.search)) { tell({ pages: pages, whole: whole, anew: false }); }
}

/* What the server has taken stands on its page from now on: that is kept anew. */
function refresh(path) {
  if (!path || !rules.isPage(path, '')) { return; }
  refreshing.add(path);
  clearTimeout(refreshSoon);
  refreshSoon = setTimeout(() => {
    tell({ pages: Array.from(refreshing), whole: false, anew: true });
    refreshing.clear();
  }, AFTER_SENDING);
}

function clock(iso) {
  const at = new Date(iso), today = at.toDateString() === new Date().toDateString();
  const options = { hour: '2-digit', minute: '2-digit' };
  if (!today) { Object.assign(options, { month: 'numeric', day: 'numeric' }); }
  return at.toLocaleString(document.documentElement.lang, options);
}

function drawBar() {
  if (!bar || !since) { return; }
  bar.hidden = false;
  bar.querySelector('[data-offline-text]').textContent = bar.dataset.textSince.replace('{at}', clock(since));
  bar.querySelector('button').addEventListener('click', () => window.location.reload());
  setInterval(() => isReachable().then((reachable) => bar.classList.toggle('is-back', reachable)), LOOKING);
}

/* Photos stay on the server: a page from the phone says in words that they are there. */
function drawPhotos() {
  const photos = Array.from(document.querySelectorAll('a.check-thumb, img.visit-signature'));
  const place = bar && bar.querySelector('[data-offline-photos]');
  if (!since || !place || !photos.length) { return; }
  photos.forEach((photo) => {
    const words = document.createElement('span');
    words.className = 'check-on-server';
    words.textContent = bar.dataset.textOnServer;
    photo.replaceWith(words);
  });
  place.hidden = false;
  place.textContent = bar.dataset.textPhotos.replace('{n}', photos.length);
}

/* How much waits of each lift, beside its links on today's list. */
function drawWaiting() {
  document.querySelectorAll('[data-waits]').forEach((place) => {
    const mine = (message) => message.owner === person && liftOf(message) === place.dataset.waits;
    const waiting = outbox.waiting().filter(mine).reduce((sum, message) => sum + weight(message), 0);
    place.hidden = !waiting;
    place.textContent = waiting ? bar.dataset.textWaits.replace('{n}', waiting) : '';
  });
}

/* Notes about the visit of a page: the newest answer of each item, for the time when the page that is kept is
   older than they are. */
let notes = null, noting = 0;

export function noted(page) {
  if (!isPossible()) { notes = {}; return Promise.resolve(notes); }
  return window.caches.open(rules.pagesOf(person))
    .then((cache) => cache.match(rules.notesOf(page)))
    .then((found) => (found ? found.json() : {}), () => ({}))
    .then((stored) => { notes = Object.assign(stored, notes); return notes; });
}

export function note(page, code, answer) {
  notes = Object.assign(notes || {}, { [code]: answer });
  if (!isPossible()) { return; }
  clearTimeout(noting);
  noting = setTimeout(() => window.caches.open(rules.pagesOf(person)).then((cache) => {
    cache.put(rules.notesOf(page), new Response(JSON.stringify(notes)));
  }), NOTING);
}

if (isPossible()) {
  begin();
  outbox.watch((event) => {
    if (event.type === 'answered') { refresh(rules.pageOf(event.message)); }
  });
}
if (root && bar) {
  drawBar();
  drawPhotos();
  outbox.watch((event) => { if (event.type === 'changed') { drawWaiting(); } });
  outbox.ready.then(drawWaiting);
  if (window.location.hash === '#not-kept') { window.tracker.say(bar.dataset.textMissing, true); }
}
