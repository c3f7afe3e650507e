/* 超期核查 in an officer's hand: one tap says what was seen, and is on the phone before anything is sent; photos
   and a remark follow if he likes. What the server says of it comes when there is a signal. */
import * as outbox from './outbox.js';
import { whereAmI } from './position.js';
import { stamped } from './visit-photo.js';
import { since } from './offline.js';

const root = document.querySelector('[data-walk]'), words = root.dataset;
const walk = words.walk, lane = 'walk:' + walk, NEEDS_PROOF = ['stopped', 'removed', 'absent'];
const progress = root.querySelector('[data-walk-progress]');
/* Messages that stand on this page already; by row, its newest tap of this phone. */
const shown = new Set(), newest = new Map();
let here = null;

function box(number) { return root.querySelector('[data-row="' + number + '"]'); }
function part(row, name) { return row.querySelector('[data-walk-' + name + ']'); }
function isOpen(row) { return row.dataset.state === 'to_walk' || row.dataset.state === 'walked'; }

function say(row, text, isWaiting) {
  const place = part(row, 'sent');
  place.textContent = text;
  place.classList.toggle('is-waiting', Boolean(isWaiting));
}

function refuse(row, text) {
  const place = part(row, 'refused');
  place.hidden = !text;
  place.textContent = text ? words.textRefused + '：' + text : '';
}

/* The row as it stands with this outcome; the count of the page goes along. */
function show(row, outcome) {
  const button = row.querySelector('[data-tap="' + outcome + '"]');
  if (!button) { return; }
  row.querySelectorAll('[data-tap]').forEach((one) => {
    one.setAttribute('aria-pressed', String(one === button));
  });
  const place = part(row, 'outcome');
  const mark = document.querySelector('template[data-mark="' + outcome + '"]');
  place.textContent = mark ? '' : button.textContent; // a page kept by an older version has no badges
  if (mark) { place.appendChild(mark.content.cloneNode(true)); }
  row.dataset.outcome = outcome;
  if (row.dataset.state === 'to_walk') {
    row.dataset.state = 'walked';
    row.classList.replace('walk-to-walk', 'walk-walked');
    count();
  }
  part(row, 'more').hidden = false;
  proof(row);
}

function proof(row) {
  const hasPhoto = Number(part(row, 'photos').dataset.number) > 0;
  const isProved = hasPhoto || part(row, 'note').value.trim();
  part(row, 'proof').hidden = NEEDS_PROOF.indexOf(row.dataset.outcome) < 0 || Boolean(isProved);
}

function count() {
  const done = root.querySelectorAll('[data-row]:not([data-state="to_walk"])').length;
  const total = Number(progress.dataset.total);
  progress.textContent = words.textProgress.replace('{done}', done).replace('{total}', total);
  root.querySelector('.visit-bar progress').value = done;
}

function record(row, outcome) {
  const json = {
    message_id: outbox.uuid(), row: Number(row.dataset.row), outcome: outcome,
    happened_at: new Date().toISOString(), note: part(row, 'note').value.trim()
  };
  show(row, outcome);
  refuse(row, '');
  say(row, '…', true);
  newest.set(row.dataset.row, json.message_id);
  const message = {
    lane: lane, owner: words.person, method: 'POST', path: '/walks/' + walk + '/outcomes',
    json: Object.assign(json, here || {}), about: row.dataset.name
  };
  outbox.send(message).saved.then(() => {
    if (newest.get(row.dataset.row) === json.message_id && part(row, 'sent').textContent === '…') {
      say(row, words.textKept, true);
    }
  });
}

function photograph(row, input) {
  const file = input.files[0];
  if (!file) { return; }
  const about = {
    lift: row.dataset.name, item: row.dataset.unit, person: words.personName, noPosition: words.textNoPosition
  };
  stamped(file, about).then((photo) => {
    outbox.send({
      lane: lane, owner: words.person, method: 'POST', path: '/walks/' + walk + '/photos',
      parts: [
        { name: 'row', value: row.dataset.row }, { name: 'photo', value: photo.blob, file: 'photo.jpg' }
      ],
      about: row.dataset.name
    });
  }, (fault) => refuse(row, fault.message === 'large' ? words.textTooLarge : words.textLarge));
  input.value = '';
}

function addPhoto(row) {
  const place = part(row, 'photos');
  place.dataset.number = Number(place.dataset.number) + 1;
  place.textContent = words.textPhoto + ' ' + place.dataset.number;
  proof(row);
}

/* What waits on this phone, also from before: it may have been closed in between. */
function takeUp() {
  outbox.waiting(lane).forEach((message) => {
    const row = box(message.json ? message.json.row : message.parts[0].value);
    if (!row || shown.has(message.id)) { return; }
    shown.add(message.id);
    if (!message.json) { addPhoto(row); return; }
    if (newest.has(row.dataset.row) && newest.get(row.dataset.row) !== message.json.message_id) { return; }
    if (message.json.note) { part(row, 'note').value = message.json.note; }
    show(row, message.json.outcome);
    if (part(row, 'sent').textContent !== '…') { say(row, words.textKept, true); }
  });
}

/* The server's word about one of ours, whichever page sent it. */
function heard(message, response) {
  const row = box(message.json ? message.json.row : message.parts[0].value);
  if (!row) { return; }
  if (response.status >= 400) {
    const fields = Object.values((response.json || {}).fields || {}).join(' ');
    refuse(row, fields || String(response.status));
    if (message.json) { say(row, words.textRefused, true); }
    return;
  }
  const last = newest.get(row.dataset.row);
  if (!message.json || (last && last !== message.json.message_id)) { return; }
  if (response.json.older) { show(row, response.json.row.outcome); }
  say(row, response.json.older ? words.textOlder : words.textOnRecord, false);
}

root.addEventListener('click', (event) => {
  const button = event.target.closest('[data-tap]');
  if (button) { record(button.closest('[data-row]'), button.dataset.tap); }
});
root.addEventListener('change', (event) => {
  const row = event.target.closest('[data-row]');
  if (event.target.hasAttribute('data-walk-photo')) { photograph(row, event.target); }
  if (event.target.hasAttribute('data-walk-note') && row.dataset.outcome && isOpen(row)) {
    record(row, row.dataset.outcome);
  }
});
/* Where the phone is goes with a tap if it is there by then; nothing waits for it. */
root.addEventListener('toggle', (event) => {
  if (event.target.open) { whereAmI().then((position) => { here = position || here; }); }
}, true);
outbox.watch((event) => {
  if (event.type === 'answered' && event.message.lane === lane) { heard(event.message, event.response); }
  if (event.type === 'changed') { takeUp(); }
});
outbox.ready.then(() => {
  takeUp();
  root.dataset.ready = since ? 'kept' : 'fresh';
});
