/* 专项行动 in an officer's hand: one tap says that all is in order, or the items that are not are tapped. What is
   begun stands on the phone as soon as it is tapped or typed, what is recorded waits there for a signal. */
import { draftOf, failedOf, isEmpty, messageOf, read, toggled } from './campaign-rules.js';
import { dropPhoto, dropPhotosOf, keepPhoto, photosOf } from './draft-photos.js';
import * as outbox from './outbox.js';
import { since } from './offline.js';
import { whereAmI } from './position.js';
import { stamped } from './visit-photo.js';

const root = document.querySelector('[data-campaign-list]'), words = root.dataset;
const list = words.campaignList, lane = 'campaign:' + list;
const blank = root.querySelector('[data-campaign-form]');
const progress = root.querySelector('[data-campaign-progress]');
/* Messages that stand on this page already; by row its newest of this phone, and its draft. */
const shown = new Set(), newest = new Map(), drafts = new Map();
let here = null;

function box(id) { return root.querySelector('[data-row="' + id + '"]'); }
function part(row, name) { return row.querySelector('[data-' + name + ']'); }
function keyOf(row) { return 'campaign:' + row.dataset.row + ':' + words.person; }

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

/* --- drafts --------------------------------------------------------------------------------------------- */

function draft(row) {
  if (!drafts.has(row.dataset.row)) {
    const kept = read(localStorage.getItem(keyOf(row)));
    drafts.set(row.dataset.row, kept || draftOf(JSON.parse(row.dataset.failed), row.dataset.note));
  }
  return drafts.get(row.dataset.row);
}

function keep(row, changed) {
  drafts.set(row.dataset.row, changed);
  try {
    if (isEmpty(changed)) { localStorage.removeItem(keyOf(row)); return; }
    localStorage.setItem(keyOf(row), JSON.stringify(changed));
    say(row, words.textDraft, true);
  } catch (full) { window.tracker.say(String(full), true); }
}

function forget(row) {
  localStorage.removeItem(keyOf(row));
  drafts.delete(row.dataset.row);
}

/* What was begun on this phone before, also before it died. */
function takeUpDrafts() {
  root.querySelectorAll('[data-row]').forEach((row) => {
    if (part(row, 'form') && localStorage.getItem(keyOf(row))) { say(row, words.textDraft, true); }
  });
}

/* --- the form of a row, made when it is unfolded -------------------------------------------------------- */

function unfold(row) {
  const place = part(row, 'form');
  if (!place || place.firstChild) { return; }
  place.appendChild(blank.content.cloneNode(true));
  JSON.parse(row.dataset.also).forEach((other) => { drawAlso(row, other); });
  draw(row);
  photosOf(keyOf(row)).then((photos) => photos.forEach((photo) => countPhoto(row, photo.item)));
}

/* One check may settle the same piece's row of another campaign: only if this is ticked. */
function drawAlso(row, other) {
  const label = document.createElement('label'), tick = document.createElement('input');
  const text = document.createElement('span');
  label.className = 'form-check campaign-also-tick';
  tick.type = 'checkbox';
  tick.className = 'form-check-input';
  tick.dataset.also = other.row;
  text.className = 'form-check-label';
  text.textContent = words.textAlsoAsk.replace('{title}', other.title);
  label.append(tick, text);
  part(row, 'also-box').appendChild(label);
}

function draw(row) {
  const now = draft(row), failed = failedOf(now);
  row.querySelectorAll('[data-item]').forEach((item) => {
    const one = now.items[item.dataset.item];
    item.querySelector('[data-toggle]').setAttribute('aria-pressed', String(Boolean(one)));
    item.querySelector('[data-seen]').hidden = !one;
    const text = item.querySelector('[data-text]');
    if (one && text !== document.activeElement) { text.value = one.text; }
    if (one) { item.querySelector('[data-right]').checked = one.put_right; }
  });
  if (part(row, 'note') !== document.activeElement) { part(row, 'note').value = now.note; }
  row.querySelectorAll('input[data-also]').forEach((tick) => {
    tick.checked = now.also.indexOf(tick.dataset.also) >= 0;
  });
  const send = part(row, 'faulty');
  send.hidden = !failed.length;
  send.textContent = words.textSend.replace('{n}', failed.length);
  part(row, 'sound').disabled = failed.length > 0;
}

function countPhoto(row, number) {
  const item = row.querySelector('[data-item="' + number + '"]');
  const place = item && item.querySelector('[data-photo-count]');
  if (!place) { return; }
  place.dataset.number = Number(place.dataset.number || 0) + 1;
  place.textContent = words.textPhoto + ' ' + place.dataset.number;
}

/* --- what is recorded ----------------------------------------------------------------------------------- */

/* The row as it stands with this outcome; the count of the page goes along. */
function show(row, outcome, number) {
  const texts = { sound: words.textSound, faulty: words.textFaulty, absent: words.textAbsent };
  const place = part(row, 'outcome'), text = texts[outcome].replace('{n}', number);
  const mark = document.querySelector('template[data-mark="' + outcome + '"]');
  place.textContent = mark ? '' : text; // a page kept by an older version has no badges
  if (mark) {
    place.appendChild(mark.content.cloneNode(true));
    place.querySelector('.mark > span').textContent = text;
  }
  if (row.dataset.state === 'to_check') {
    progress.dataset.done = Number(progress.dataset.done) + 1;
    const done = progress.dataset.done, total = progress.dataset.total;
    progress.textContent = words.textProgress.replace('{done}', done).replace('{total}', total);
    root.querySelector('.visit-bar progress').value = Number(done);
  }
  row.classList.remove('campaign-to-check', 'campaign-sound', 'campaign-faulty', 'campaign-absent');
  row.classList.add('campaign-' + outcome);
  row.dataset.state = outcome;
}

function record(row, outcome, why) {
  const now = draft(row), key = keyOf(row);
  const json = messageOf(row.dataset.row, outcome, now, why, new Date().toISOString(), outbox.uuid());
  row.dataset.failed = JSON.stringify(json.failed);
  row.dataset.note = json.note;
  show(row, outcome, json.failed.length);
  refuse(row, '');
  say(row, '…', true);
  newest.set(row.dataset.row, json.message_id);
  outbox.send({
    lane: lane, owner: words.person, method: 'POST', path: '/campaigns/' + list + '/outcomes',
    json: Object.assign(json, here || {}), about: row.dataset.name
  }).saved.then(() => {
    forget(row);
    draw(row);
    if (newest.get(row.dataset.row) === json.message_id && part(row, 'sent').textContent === '…') {
      say(row, words.textKept, true);
    }
    return photosOf(key).then((photos) => Promise.all(photos.map((photo) => sendPhoto(row, photo))))
      .then(() => dropPhotosOf(key));
  });
  row.open = false;
}

function sendPhoto(row, photo) {
  return outbox.send({
    lane: lane, owner: words.person, method: 'POST', path: '/campaigns/' + list + '/photos',
    parts: [
      { name: 'row', value: row.dataset.row }, { name: 'item', value: String(photo.item) },
      { name: 'photo', value: photo.blob, file: 'photo.jpg' }
    ],
    about: row.dataset.name
  }).saved.then(() => dropPhoto(photo.id));
}

function photograph(row, input) {
  const item = input.closest('[data-item]'), file = input.files[0];
  if (!file) { return; }
  const about = {
    lift: row.dataset.name, item: item.querySelector('.campaign-item-text').textContent.trim(),
    person: words.personName, noPosition: words.textNoPosition
  };
  stamped(file, about).then((photo) => {
    const number = Number(item.dataset.item);
    const kept = { id: outbox.uuid(), form: keyOf(row), blob: photo.blob, name: 'photo.jpg', item: number };
    return keepPhoto(kept).then(() => countPhoto(row, number));
  }).catch((fault) => {
    refuse(row, fault.message === 'large' ? words.textTooLarge : words.textLarge);
  });
  input.value = '';
}

/* What waits on this phone, also from before: it may have been closed in between. */
function takeUp() {
  outbox.waiting(lane).forEach((message) => {
    if (!message.json || shown.has(message.id)) { return; }
    const row = box(message.json.row);
    shown.add(message.id);
    if (!row) { return; }
    if (newest.has(row.dataset.row) && newest.get(row.dataset.row) !== message.json.message_id) { return; }
    row.dataset.failed = JSON.stringify(message.json.failed);
    row.dataset.note = message.json.note;
    show(row, message.json.outcome, message.json.failed.length);
    if (part(row, 'sent').textContent !== '…') { say(row, words.textKept, true); }
  });
}

/* The server's word about one of ours, whichever page sent it. */
function heard(message, response) {
  const row = box(message.json ? message.json.row : message.parts[0].value);
  if (!row) { return; }
  if (response.status >= 400) {
    const fields = Object.values((response.json || {}).fields || {}).join(' ');
    refuse(row, response.status === 404 ? words.textGone : fields || String(response.status));
    if (message.json) { say(row, words.textRefused, true); }
    return;
  }
  const last = newest.get(row.dataset.row);
  if (!message.json || (last && last !== message.json.message_id)) { return; }
  if (response.json.older) { show(row, response.json.row.state, response.json.row.problems.length); }
  say(row, response.json.older ? words.textOlder : words.textOnRecord, false);
  if (response.json.also) { window.tracker.say(words.textAlso.replace('{n}', response.json.also)); }
  if (response.json.also_left) {
    window.tracker.say(words.textAlsoLeft.replace('{n}', response.json.also_left), true);
  }
}

root.addEventListener('click', (event) => {
  const row = event.target.closest('[data-row]'), button = event.target.closest('button');
  if (!row || !button) { return; }
  if (button.hasAttribute('data-toggle')) {
    keep(row, toggled(draft(row), button.closest('[data-item]').dataset.item));
    draw(row);
  }
  if (button.hasAttribute('data-sound')) { record(row, 'sound', null); }
  if (button.hasAttribute('data-faulty')) { record(row, 'faulty', null); }
  if (button.hasAttribute('data-absent')) { record(row, 'absent', button.dataset.absent); }
});
root.addEventListener('input', (event) => {
  const row = event.target.closest('[data-row]'), item = event.target.closest('[data-item]');
  const now = row && part(row, 'form') ? draft(row) : null, target = event.target;
  if (!now || target.type === 'file') { return; }
  if (item && now.items[item.dataset.item]) {
    const one = Object.assign({}, now.items[item.dataset.item]);
    if (target.hasAttribute('data-text')) { one.text = target.value; }
    if (target.hasAttribute('data-right')) { one.put_right = target.checked; }
    keep(row, Object.assign({}, now, { items: Object.assign({}, now.items, { [item.dataset.item]: one }) }));
  }
  if (target.hasAttribute('data-note')) { keep(row, Object.assign({}, now, { note: target.value })); }
  if (target.dataset.also) {
    const left = now.also.filter((id) => id !== target.dataset.also);
    keep(row, Object.assign({}, now, { also: target.checked ? left.concat(target.dataset.also) : left }));
  }
});
root.addEventListener('change', (event) => {
  const row = event.target.closest('[data-row]');
  if (row && event.target.hasAttribute('data-photo')) { photograph(row, event.target); }
});
/* Where the phone is goes with a check if it is there by then; nothing waits for it. */
root.addEventListener('toggle', (event) => {
  if (!event.target.open || !event.target.dataset.row) { return; }
  unfold(event.target);
  whereAmI().then((position) => { here = position || here; });
}, true);
outbox.watch((event) => {
  if (event.type === 'answered' && event.message.lane === lane) { heard(event.message, event.response); }
  if (event.type === 'changed') { takeUp(); }
});
outbox.ready.then(() => {
  takeUpDrafts();
  takeUp();
  root.dataset.ready = since ? 'kept' : 'fresh';
  const named = window.location.hash.slice(1), row = named && document.getElementById(named);
  if (row && row.matches('[data-row]')) { row.open = true; }
});
