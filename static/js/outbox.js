/* Everything that waits on this phone until the server has it: scans, answers, results, photos, swipes,
   signatures. It is sent by whichever page opens next, with the token of the person or device that made it,
   also after a sign-in has ended. One lane is sent in order; lanes do not wait for each other; of several
   pages one sends. */
import * as rules from './outbox-rules.js';
import * as store from './outbox-store.js';

const LONGEST = 15000, UPLOADING = 120000, SIGN_IN_PAUSE = 60000, TURN = 5000, LEASE = 20000, LEAVING = 10000;
const watchers = [], answered = new Map(), sending = new Set(), timers = new Map(), askedAgain = new Set();
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('outbox') : null;
const page = uuid();
let messages = [], unsaved = [], leaving = false;

/* A random UUID (version 4), also where crypto.randomUUID is missing. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/* Tokens: `device_token` is the one of this device; people who enrolled the phone have one each. */
function owners() {
  try { return JSON.parse(localStorage.getItem('device_tokens')) || {}; } catch (broken) { return {}; }
}

export function tokenOf(owner) {
  return (owner && owners()[owner]) || (owner ? '' : localStorage.getItem('device_token') || '');
}

/* A token that the server does not take any more is none. */
const refusedTokens = new Set();

export function isEnrolled(owner) { return Boolean(tokenOf(owner)) && !refusedTokens.has(tokenOf(owner)); }

export function enrolled(token, owner) {
  const tokens = owners(), before = owner && tokens[owner], current = localStorage.getItem('device_token');
  if (owner) {
    localStorage.setItem('device_tokens', JSON.stringify(Object.assign(tokens, { [owner]: token })));
  }
  if (!owner || !current || current === before || refusedTokens.has(current)) {
    localStorage.setItem('device_token', token);
  }
  drain();
}

/* fetch of /api/v1 with the owner's token: {status, json, retryAfter, etag, at}; status 0 where nothing
   answered; `at`: the server's clock (ms). */
export function request(message, longest) {
  const token = tokenOf(message.owner), stop = new AbortController();
  const late = setTimeout(() => stop.abort(), longest || LONGEST);
  const headers = { 'Accept-Language': document.documentElement.lang };
  if (!message.open) { headers.Authorization = 'Bearer ' + token; }
  if (message.json) { headers['Content-Type'] = 'application/json'; }
  if (message.etag) { headers['If-None-Match'] = message.etag; }
  const options = {
    method: message.method, headers: headers, body: bodyOf(message), signal: stop.signal, cache: 'no-store'
  };
  return fetch('/api/v1' + message.path, options)
    .then((response) => response.json().catch(() => null).then((json) => ({
      status: response.status, json: json, retryAfter: Number(response.headers.get('Retry-After')) || 0,
      etag: response.headers.get('ETag') || '', at: Date.parse(response.headers.get('Date')) || 0
    })))
    .catch(() => ({ status: 0, json: null, retryAfter: 0 }))
    .then((response) => {
      clearTimeout(late);
      return Object.assign(response, { token: token });
    });
}

function bodyOf(message) {
  if (message.json) { return JSON.stringify(message.json); }
  if (!message.parts) { return undefined; }
  const form = new FormData();
  message.parts.forEach((part) => {
    if (part.file) {
      form.append(part.name, part.value, part.file);
    } else {
      form.append(part.name, part.value);
    }
  });
  return form;
}

/* Store a message and send it, after `wait` ms. Resolves with {status, json} once it was answered for good
   while this page stands; a page that shows a refusal itself then dismisses it. `saved` of the promise is
   resolved once the message is on the phone. One with `rests_until` is not sent before, or before
   `complete`. */
export function send(message, wait) {
  const fresh = { id: uuid(), rev: 1, state: 'waiting', tries: 0, made_at: Date.now() };
  const stored = Object.assign({ owner: '' }, message, fresh);
  // What others are merged into is another message then, and has the id of the newest.
  if (stored.slot) { stored.json = Object.assign({ message_id: uuid() }, stored.json); }
  const answer = new Promise((resolve) => { answered.set(stored.id, resolve); });
  unsaved.push(stored);
  markSaving();
  tell({ type: 'changed' });
  if (navigator.storage && navigator.storage.persist) { navigator.storage.persist(); }
  const saved = store.add([stored]).catch((fault) => {
    store.addToMemory(stored);
    tell({ type: 'unstored', message: stored, fault: fault });
  }).then(() => {
    unsaved = unsaved.filter((one) => one !== stored);
    markSaving();
    return changed();
  });
  saved.then(() => ask(stored.lane, wait || 0));
  return Object.assign(answer, { saved: saved, id: stored.id });
}

/* A page on which something is not on the phone yet says so: whoever switches it off now may lose it. */
function markSaving() { document.documentElement.toggleAttribute('data-saving', unsaved.length > 0); }

/* What a resting message waited for has come; {} where it never will. It is sent now. */
export function complete(sent, json) {
  return sent.saved.then(() => {
    const message = messages.filter((one) => one.id === sent.id)[0];
    if (!message) { return undefined; }
    return store.change(message.seq, (now) => [rules.completed(now, json, Date.now())])
      .then(changed)
      .then(() => ask(message.lane, 0));
  });
}

/* More about a message that waits: it goes with its next try. Not before it is stored, and not once it was
   answered. */
export function supplement(message, json) {
  const more = (now) => [now.state === 'waiting'
    ? Object.assign(now, { json: Object.assign({}, now.json, json), rev: now.rev + 1 }) : now];
  return store.change(message.seq, more).then(changed);
}

export function waiting(lane) {
  return messages.concat(unsaved).filter((one) => one.state === 'waiting' && (!lane || one.lane === lane));
}
export function refused() { return messages.filter((one) => one.state === 'refused'); }
/* Good verdicts that came late. */
export function answeredLate() { return messages.filter((one) => one.state === 'answered'); }
export function length() { return waiting().length; }

/* `act({type, message, response})`: 'changed', 'held' (it waits), 'answered', 'sign_in' (no valid token) or
   'unstored' (no room). */
export function watch(act) { watchers.push(act); }
function tell(event) { watchers.forEach((act) => act(event)); }

function changed() {
  if (channel) { channel.postMessage({ type: 'changed' }); }
  return refresh();
}

function refresh() { return store.all().then((found) => { messages = found; tell({ type: 'changed' }); }); }

export function dismiss(message) {
  return store.change(message.seq, (now) => (now.state === 'waiting' ? [now] : [])).then(changed);
}

export function sendAgain(message) {
  return store.change(message.seq, (now) => [Object.assign(now, { state: 'waiting', tries: 0 })])
    .then(changed)
    .then(() => ask(message.lane, 0));
}

/* The lane has something to send. One that is being sent is asked again afterwards: what is under way may
   have decided to wait before this came (a token, a position). */
function ask(lane, wait) {
  if (sending.has(lane)) { askedAgain.add(lane); } else { soon(lane, wait); }
}

function soon(lane, wait) {
  clearTimeout(timers.get(lane));
  timers.set(lane, setTimeout(() => turn(lane), wait));
}

export function drain() {
  return refresh().then(() => rules.heads(messages).forEach((message, lane) => ask(lane, 0)));
}

/* One page at a time sends a lane. */
function turn(lane) {
  if (sending.has(lane)) { return Promise.resolve(); }
  sending.add(lane);
  const over = () => {
    sending.delete(lane);
    if (askedAgain.delete(lane)) { soon(lane, 0); }
  };
  const work = () => sendLane(lane);
  const held = () => { soon(lane, TURN); };
  if (!navigator.locks) { return leased(lane, work, held).then(over, over); }
  const attempt = (lock) => (lock ? work() : held());
  return navigator.locks.request('outbox ' + lane, { ifAvailable: true }, attempt).then(over, over);
}

function leased(lane, work, held) {
  const claim = () => store.claim(lane, page, Date.now(), Date.now() + LEASE);
  return claim().then((mine) => {
    if (!mine) { held(); return undefined; }
    const renewing = setInterval(claim, LEASE / 3);
    const over = () => { clearInterval(renewing); return store.release(lane, page); };
    return work().then(over, over);
  });
}

/* `behind`: the message before it had to wait, and so did this one. */
function sendLane(lane, behind) {
  return refresh().then(() => {
    const message = rules.heads(messages).get(lane);
    if (!message || (leaving && rules.staysWhileLeaving(message))) { return undefined; }
    if (!message.open && !isEnrolled(message.owner)) {
      return hold(message, { status: 401, json: null }, SIGN_IN_PAUSE);
    }
    const rest = rules.rest(message, Date.now());
    if (rest) { soon(lane, rest); return undefined; }
    if (behind) { message.tries = message.tries || 1; }
    if (message.queues && rules.isLate(message, Date.now())) { message.json.queued = true; }
    const longest = message.parts ? UPLOADING : message.longest || LONGEST;
    return request(message, longest).then((response) => settle(message, response));
  });
}

function settle(message, response) {
  const meaning = rules.meaning(response.status, response.json, rules.isJudged(message));
  if (meaning === 'again') {
    return hold(message, response, rules.pause(message.tries + 1, Math.random(), response.retryAfter));
  }
  if (meaning === 'sign_in') {
    refusedTokens.add(response.token);
    return hold(message, response, SIGN_IN_PAUSE);
  }
  if (leaving && rules.staysWhileLeaving(message)) { return undefined; }
  const done = (now) => (rules.staysListed(message) ? [listed(now, 'answered', response)] : []);
  const outcome = meaning === 'done' ? done : (now) => afterRefusal(now, response);
  // What was typed while the request was under way goes out next.
  return store.change(message.seq, (now) => (now.rev === message.rev ? outcome(now) : [now]))
    .then(() => (message.opens ? afterOpening(message, meaning, response) : undefined))
    .then(changed)
    .then(() => {
      const answer = { type: 'answered', message: message, response: response };
      if (channel) { channel.postMessage(answer); }
      told(answer);
      return sendLane(message.lane, message.tries > 0);
    })
    .then(sendFollowing);
}

/* A swipe from a place without a signal was sent: what stands behind it goes to the visit it led to, which
   may be one that a colleague had opened; after a refusal it stays on the phone with its reason. */
function afterOpening(swipe, meaning, response) {
  const become = meaning === 'done' && response.json.visit_id
    ? (now) => [rules.ofVisit(now, swipe.opens, response.json)]
    : (now) => [listed(now, 'refused', response)];
  return store.all().then((all) => {
    const behind = all.filter((one) => one.lane === swipe.lane && one.seq > swipe.seq
      && one.state === 'waiting');
    return behind.reduce((before, one) => before.then(() => store.change(one.seq, become)),
      Promise.resolve());
  });
}

function afterRefusal(message, response) {
  const parts = response.status === 422 ? rules.split(message) : [];
  if (parts.length) {
    return parts.map((json, place) => Object.assign({}, message, {
      id: uuid(), rev: 1, slot: message.slot + place, seq: message.seq + place / 1000,
      json: Object.assign({ message_id: uuid() }, json)
    }));
  }
  return [listed(message, 'refused', response)];
}

/* What came of a message, kept until somebody has seen it. */
function listed(message, state, response) {
  const reason = state === 'refused' ? rules.reason(response.status, response.json) : '';
  const about = rules.aboutOf(message, response.json);
  const outcome = { state: state, status: response.status, reason: reason, about: about, at: Date.now() };
  return Object.assign(message, outcome);
}

/* Lanes that stood behind the one that is empty now. */
function sendFollowing() {
  rules.heads(messages).forEach((message, lane) => {
    if (message.after && !sending.has(lane)) { soon(lane, 0); }
  });
}

/* The page that sent it hears of the answer, whichever page it was. */
function told(answer) {
  const resolve = answered.get(answer.message.id);
  answered.delete(answer.message.id);
  tell(answer);
  if (resolve) {
    resolve({ status: answer.response.status, json: answer.response.json || {}, message: answer.message });
  }
}

function hold(message, response, wait) {
  const unsigned = response.status === 401;
  const tried = (now) => [Object.assign(now, { tries: now.tries + 1, unsigned: unsigned })];
  return store.change(message.seq, tried).then(changed).then(() => {
    tell({ type: unsigned ? 'sign_in' : 'held', message: message, response: response });
    soon(message.lane, wait);
  });
}

/* What phones hold under earlier versions' keys becomes messages, before anything else is done; forgotten
   there once it is stored here. */
function takeOver() {
  const text = localStorage.getItem('fill_queue');
  const keys = Object.keys(localStorage).filter((key) => key.indexOf('visit:') === 0);
  const pairs = keys.map((key) => [key.slice(6), localStorage.getItem(key)]);
  return store.oldPhotos().then((photos) => {
    const old = rules.fromFillQueue(text).concat(rules.fromVisits(pairs, photos));
    if (!old.length) { return undefined; }
    const taken = old.map((message) => Object.assign({ owner: '' }, message, {
      id: uuid(), rev: 1, state: 'waiting', tries: 0, made_at: 0
    }));
    return store.add(taken).catch((fault) => { taken.forEach(store.addToMemory); throw fault; }).then(() => {
      if (localStorage.getItem('fill_queue') === text) { localStorage.removeItem('fill_queue'); }
      pairs.forEach((pair) => {
        if (localStorage.getItem('visit:' + pair[0]) === pair[1]) {
          localStorage.removeItem('visit:' + pair[0]);
        }
      });
      return store.forgetOldPhotos(photos);
    });
  });
}

function begin() {
  const work = () => takeOver().catch(() => undefined);
  const taken = navigator.locks
    ? navigator.locks.request('outbox take-over', work)
    : leased('take-over', work, () => undefined);
  return taken.then(drain, drain);
}

export const ready = begin();

if (channel) {
  channel.onmessage = (event) => {
    if (event.data.type === 'answered') { told(event.data); } else { refresh(); }
  };
}
window.addEventListener('online', drain);
document.addEventListener('visibilitychange', () => { if (!document.hidden) { drain(); } });
// A file taken from a page leaves the page standing, so it goes on after a while.
window.addEventListener('beforeunload', () => {
  leaving = true;
  setTimeout(() => { leaving = false; drain(); }, LEAVING);
});
