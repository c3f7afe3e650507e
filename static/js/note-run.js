/* 配送 in the driver's hand: each bottle handed over or taken back is on the phone before anything is sent, and
   stands in the list at once; what the server says of it comes when there is a signal. */
import { normal, numbersIn } from './pass-rules.js';
import * as outbox from './outbox.js';

const root = document.querySelector('[data-run]'), words = root.dataset;
const note = words.run, lane = 'note:' + note;
const list = root.querySelector('[data-run-list]'), answer = root.querySelector('[data-run-answer]');
let mode = 'handed';

/* The rows that the page came with, by every number that they carry. */
const known = Array.from(list.querySelectorAll('[data-row]')).map((row) => ({
  row: row, kind: row.dataset.kind, numbers: row.dataset.numbers.split(/\s+/).map(normal).filter(Boolean)
}));

function carries(numbers, text) {
  return numbersIn(text).some((form) => numbers.indexOf(normal(form)) >= 0);
}

/* What this phone has of the note and the page does not: waiting, or sent since the page was kept. */
const own = new Map();

function stands(kind, text) {
  const there = known.some((row) => row.kind === kind && carries(row.numbers, text));
  return there || Array.from(own.values()).some((one) => one.kind === kind && one.code === text);
}

function say(text, detail, isGood) {
  answer.hidden = false;
  answer.className = 'answer ' + (isGood ? 'answer-yes' : 'answer-wait');
  answer.textContent = [text, detail].filter(Boolean).join('：');
}

function item(one) {
  const row = document.createElement('li'), code = document.createElement('b');
  code.textContent = one.name || one.code;
  const kind = one.kind === 'handed' ? words.textHanded : words.textBack;
  const kept = one.kept ? words.textKept : '…';
  const state = one.refused ? words.textRefused + ' ' + one.refused : one.sent ? '' : kept;
  row.append(kind + ' ', code, ' ', [one.text, state].filter(Boolean).join(' · '));
  row.dataset.own = one.kind;
  return row;
}

function draw() {
  list.querySelectorAll('[data-own]').forEach((row) => row.remove());
  const mine = Array.from(own.values());
  mine.forEach((one) => list.prepend(item(one)));
  known.filter((one) => one.kind === 'out').forEach((one) => {
    one.row.hidden = mine.some((scan) => carries(one.numbers, scan.code));
  });
  ['handed', 'back'].forEach((kind) => {
    const before = known.filter((row) => row.kind === kind).length;
    const more = mine.filter((one) => one.kind === kind && !one.again).length;
    root.querySelector('[data-count="' + kind + '"]').textContent = before + more;
  });
}

/* What waits from before: the phone may have been closed in between. */
function takeUp() {
  outbox.waiting(lane).filter((message) => message.json.scan_id).forEach((message) => {
    if (own.has(message.json.scan_id) || stands(message.json.kind, message.json.code)) { return; }
    own.set(message.json.scan_id, { kind: message.json.kind, code: message.json.code, kept: true });
  });
  draw();
}

function scanned(text) {
  if (stands(mode, text)) { say(words.textAgain, text, false); return; }
  const json = { scan_id: outbox.uuid(), code: text, kind: mode, happened_at: new Date().toISOString() };
  const isExpected = mode === 'back' || known.some((row) => row.kind === 'out' && carries(row.numbers, text));
  const one = { kind: mode, code: text };
  own.set(json.scan_id, one);
  const doing = mode === 'handed' ? words.textHanded : words.textBack;
  say(isExpected ? doing : words.textAbsent, text, isExpected);
  draw();
  outbox.send({
    lane: lane, owner: words.person, method: 'POST', path: '/notes/' + note + '/bottles', json: json
  }).saved.then(() => { one.kept = true; draw(); });
}

/* The server's word about one of ours, whichever page sent it. */
function heard(message, response) {
  const one = own.get(message.json && message.json.scan_id);
  if (!one) { return; }
  if (response.status >= 400) {
    one.refused = Object.values((response.json || {}).fields || {}).join(' ') || String(response.status);
  } else {
    const row = response.json.row;
    Object.assign(one, { sent: true, again: response.json.again, name: row.name, text: row.text });
    if (row.text && !document.hidden) { say(row.name || one.code, row.text, false); }
  }
  draw();
}

root.querySelectorAll('[data-mode]').forEach((button) => button.addEventListener('click', () => {
  mode = button.dataset.mode;
  root.querySelectorAll('[data-mode]').forEach((one) => {
    one.classList.toggle('big-main', one === button);
    one.setAttribute('aria-pressed', String(one === button));
  });
  root.querySelector('[data-scan-box]').focus();
}));
root.querySelector('[data-scan]').addEventListener('scan', (event) => {
  event.preventDefault();
  if (event.detail.text) { scanned(event.detail.text); }
});
const done = root.querySelector('[data-run-done]');
if (done) {
  done.addEventListener('click', () => {
    done.disabled = true;
    const json = { happened_at: new Date().toISOString() };
    const path = '/notes/' + note + '/delivered';
    outbox.send({ lane: lane, owner: words.person, method: 'PUT', path: path, json: json }).saved.then(() => {
      say(words.textDone, '', true);
    });
  });
}
outbox.watch((event) => {
  if (event.type === 'answered' && event.message.lane === lane) { heard(event.message, event.response); }
  if (event.type === 'changed') { takeUp(); }
});
outbox.ready.then(takeUp);
