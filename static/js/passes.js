/* The list a station's device goes by while there is no network: fetched with the device's token, its
   signature and digest verified here with the keys that were pinned when the device first asked, kept in
   IndexedDB. What was changed on the phone is no list. Needs HTTPS or localhost, as every kept page does. */
import * as rules from './pass-rules.js';
import * as outbox from './outbox.js';

const NAME = 'passes', STORE = 'lists', KEYS = 'pass_keys', HIGHEST = 'pass_clock', FILLED = 'pass_filled';
const REFRESH = 10 * 60000, SOON = 60000, SILENT = 30000, TICK = 20000, MEMORY = 24 * 3600000;
let head = null, list = null, kept = null, silentUntil = 0, changed = () => undefined;

export const isPossible = Boolean(window.isSecureContext && window.indexedDB && crypto.subtle);

/* Whether nobody answers at the moment: the phone says so, or the last message reached nobody. */
export function isOffline() { return navigator.onLine === false || Date.now() < silentUntil; }
export function noteSilence() { silentUntil = Date.now() + SILENT; }
export function noteAnswer() { silentUntil = 0; }

export function watch(act) { changed = act; }

/* {why, hours, sequence}: why the list cannot be gone by ('' if it can), for how long it holds. */
export function standing() {
  const why = isPossible ? rules.whyNoList(head, Date.now(), highest()) : 'none';
  const hours = why ? 0 : rules.hoursLeft(head, Date.now());
  return { why: why, hours: hours, sequence: head ? head.sequence : 0 };
}

/* The verdict on what was read, at a scale, by whoever is on duty: {allowed, why, piece, passed}. */
export function judge(text, at) {
  const why = standing().why;
  if (why) { return { allowed: false, why: why, piece: null }; }
  const answer = rules.verdict(head, list, text, at, Date.now(), filledAt());
  const until = answer.piece && answer.piece.until ? answer.piece.until : null;
  return Object.assign(answer, { passed: { sequence: head.sequence, until: until } });
}

/* This phone filled that bottle now: for a while, and until the server has heard of it, it is not filled
   again. */
export function noteFilled(piece, fillId) {
  const known = piece && pieceOf(piece.code || piece.serial || piece.own_number || '');
  if (!known) { return; }
  const filled = stored(FILLED);
  filled[fillId] = Object.assign({}, filled[fillId], { line: known.line, at: Date.now() });
  localStorage.setItem(FILLED, JSON.stringify(filled));
}

/* Whether this card is another person's of this station: '' if so, else 'unknown' or 'same'. */
export function secondProblem(card, person) { return rules.secondProblem(head, card, person); }

/* The bottle of a code in the list; null where it has none. */
export function pieceOf(code) {
  const found = list ? rules.lineFor(list, code) : {};
  return found.line ? rules.pieceOf(found.line) : null;
}

/* Also what the browser forgot when it was killed: the messages that wait tell it. */
function filledAt() {
  const filled = stored(FILLED), waiting = outbox.waiting(), oldest = Date.now() - MEMORY;
  Object.keys(filled).forEach((fillId) => { if (filled[fillId].at < oldest) { delete filled[fillId]; } });
  const paths = rules.pathsOf(waiting), scans = waiting.filter((message) => message.path === '/fills');
  scans.filter((message) => rules.isFilled(paths, message.json)).forEach((message) => {
    const piece = pieceOf(message.json.code);
    if (!piece) { return; }
    filled[message.json.scan_id] = {
      line: piece.line, at: message.made_at, manifold: message.json.manifold_id
    };
  });
  localStorage.setItem(FILLED, JSON.stringify(filled));
  return rules.filledAt(filled, waiting);
}

function stored(name) {
  try { return JSON.parse(localStorage.getItem(name)) || {}; } catch (broken) { return {}; }
}

/* The highest time this phone has seen; a clock set back shows less. */
function highest() { return Number(localStorage.getItem(HIGHEST)) || 0; }
function noteTime(at) { if (at > highest()) { localStorage.setItem(HIGHEST, String(at)); } }

/* On disk */
function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function onDisk(mode, work) {
  return database().then((db) => new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, mode), request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => { db.close(); resolve(request.result); };
    transaction.onabort = () => { db.close(); reject(transaction.error); };
  }));
}

/* Proof */
function bytesOf(base64) { return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)); }

function isSigned(answer, keys) {
  const text = new TextEncoder().encode(answer.head);
  const tries = answer.signatures.filter((one) => keys[one.kid]).map((one) => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    return crypto.subtle.importKey('jwk', publicKey(keys[one.kid]), algorithm, false, ['verify'])
      .then((key) => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, bytesOf(one.sig), text));
  });
  return Promise.all(tries).then((results) => results.some(Boolean));
}

function publicKey(key) { return { kty: key.kty, crv: key.crv, x: key.x, y: key.y }; }

function digestOf(text) {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)).then((digest) => (
    Array.from(new Uint8Array(digest)).map((byte) => (byte + 256).toString(16).slice(1)).join('')
  ));
}

/* Take a list that proves to be what it says; anything else leaves what there was. */
function take(answer, text) {
  const keys = stored(KEYS);
  return Promise.all([isSigned(answer, keys), digestOf(text)]).then((proofs) => {
    const said = JSON.parse(answer.head);
    if (!proofs[0] || proofs[1] !== said.digest) { throw new Error('not proved'); }
    pin(said.keys);
    head = said;
    list = rules.indexed(text);
    kept = { answer: { head: answer.head, signatures: answer.signatures }, text: text, etag: answer.etag };
    changed();
    return kept;
  });
}

function pin(keys) {
  const pinned = {};
  keys.forEach((key) => { pinned[key.kid] = key; });
  localStorage.setItem(KEYS, JSON.stringify(pinned));
}

function pinned() {
  if (Object.keys(stored(KEYS)).length) { return Promise.resolve(); }
  return outbox.request({ method: 'GET', path: '/fills/passes/keys', owner: '' }).then((answer) => {
    if (answer.status === 200) { pin(answer.json.keys); }
  });
}

/* Ask for the list, or for what differs from the one that is here. */
export function refresh() {
  if (!isPossible || !outbox.tokenOf('')) { return Promise.resolve(); }
  const base = kept ? '?base=' + head.digest : '';
  const message = { method: 'GET', path: '/fills/passes' + base, owner: '', etag: kept ? kept.etag : '' };
  return pinned().then(() => outbox.request(message, 60000)).then((answer) => {
    if (answer.at) { noteTime(answer.at); }
    if (answer.status === 401 || answer.status === 403) { return forget(); }
    if (answer.status === 404) { setTimeout(refresh, SOON); return undefined; }
    if (answer.status !== 200) { return undefined; }
    const older = answer.json.base ? kept.text : '';
    const text = answer.json.base ? rules.applied(older, answer.json) : answer.json.came;
    const whole = Object.assign({ etag: answer.etag }, answer.json);
    return take(whole, text)
      .then((now) => onDisk('readwrite', (store) => store.put(now, 'list')))
      .catch(() => { if (answer.json.base) { kept = null; return refresh(); } return undefined; });
  });
}

/* A device that is no longer the station's has no list. */
function forget() {
  head = list = kept = null;
  changed();
  return onDisk('readwrite', (store) => store.clear());
}

/* Resolves once what the phone holds was read and proved. */
function begin() {
  if (!isPossible) { return Promise.resolve(); }
  noteTime(Date.now());
  setInterval(() => { if (standing().why !== 'clock') { noteTime(Date.now()); } changed(); }, TICK);
  window.addEventListener('online', refresh);
  setInterval(refresh, REFRESH);
  const known = onDisk('readonly', (store) => store.get('list'))
    .then((before) => before && take(Object.assign({ etag: before.etag }, before.answer), before.text))
    .catch(() => undefined);
  known.then(refresh);
  return known;
}

export const ready = begin();
