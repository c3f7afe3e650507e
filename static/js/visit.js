/* The checklist of a visit: every tap goes into the outbox at once and is sent item by item; a reload or a
   lost signal loses nothing. */
import { answersMessage, reason, visitLane, visitPhoto, weight } from './outbox-rules.js';
import { note, noted, since } from './offline.js';
import * as outbox from './outbox.js';
import { isReachable } from './phone.js';
import { HOW, isAsked } from './position.js';
import { smaller } from './photo.js';
import { sendSwipe } from './visit-swipe.js';

const TYPING = 600, TAPPING = 300;
const root = document.querySelector('[data-visit]'), words = root.dataset;
/* The checklist of no visit yet belongs to the swipe that is on its way to make one. */
const isBlank = !words.visit, visit = words.visit || window.location.hash.slice(1), lane = visitLane(visit);
const page = isBlank ? '/visits/' + words.lift + '/' + visit : window.location.pathname;
const say = window.tracker.say, items = Array.from(root.querySelectorAll('[data-item]')), lackTexts = {};
const thumbs = new Set(), states = new Map();
root.querySelectorAll('[data-lack-name]').forEach((line) => {
  lackTexts[line.dataset.lackName] = line.textContent;
});

function item(code) { return items.filter((box) => box.dataset.item === code)[0]; }
function answerOf(box) {
  const chosen = box.querySelector('input[type="radio"]:checked');
  return chosen ? chosen.value : '';
}
function noteBox(box) { return box.querySelector('input[type="text"]'); }

/* What an answer still lacks, as the server says it too; only for the colours on this page. */
function lacking(box) {
  const answer = answerOf(box), note = noteBox(box).value.trim();
  if (!answer) { return 'answer'; }
  if (answer === 'not_applicable') { return note ? '' : 'reason'; }
  if (answer !== 'abnormal') { return ''; }
  return note ? (box.dataset.keyItem && !box.dataset.hasPhoto ? 'photo' : '') : 'text';
}

function draw(box) {
  const answer = answerOf(box), lack = lacking(box), line = box.querySelector('[data-lacks]');
  const photographed = box.dataset.keyItem || box.dataset.hasPhoto
    || answer === 'abnormal' || answer === 'adjusted';
  box.dataset.lack = lack;
  box.classList.toggle('is-done', !lack);
  box.classList.toggle('is-lacking', Boolean(answer && lack));
  box.querySelector('[data-more]').hidden = !(answer && answer !== 'ok') && !noteBox(box).value.trim();
  box.querySelector('[data-photo-row]').hidden = !photographed;
  line.hidden = !(answer && lack);
  line.querySelector('[data-lack-text]').textContent = lackTexts[lack] || '';
}

function drawProgress() {
  const left = items.filter((box) => box.dataset.lack).length, bar = root.querySelector('[data-progress]');
  root.querySelector('[data-left]').textContent = left ? words.textLeft.replace('{n}', left) : words.textDone;
  bar.value = items.length ? items.length - left : 1;
  root.querySelectorAll('[data-place]').forEach((place) => {
    const all = place.querySelectorAll('[data-item]').length;
    const complete = place.querySelectorAll('[data-item][data-lack=""]').length;
    place.querySelector('[data-count]').textContent = complete + ' / ' + all;
  });
  const warning = root.querySelector('[data-out-warning]');
  if (warning) { warning.hidden = !left; }
}

function isMine(message) { return message.lane === lane && message.owner === words.person; }

function drawWaiting() {
  const messages = outbox.waiting().filter(isMine);
  const waiting = messages.reduce((sum, message) => sum + weight(message), 0);
  const isLeaving = messages.some((message) => message.json && message.json.direction === 'out');
  const place = root.querySelector('[data-waiting]');
  place.hidden = false;
  place.textContent = waiting ? words.textWaiting.replace('{n}', waiting) : words.textSent;
  place.classList.toggle('is-waiting', waiting > 0);
  root.querySelectorAll('[data-out-waits]').forEach((line) => { line.hidden = !isLeaving; });
  root.querySelectorAll('[data-out-scan]').forEach((box) => {
    box.hidden = isLeaving;
    if (isLeaving) { box.closest('details').open = true; }
  });
}

function put(message, wait) {
  const path = message.path + '?lift=' + words.lift;
  return outbox.send(Object.assign(message, { owner: words.person, path: path }), wait);
}

function changed(box, wait) {
  const state = answerOf(box) + ' ' + noteBox(box).value.trim();
  if (states.get(box) === state) { return; }  // leaving a text box tells of what was typed once more
  states.set(box, state);
  const answer = {
    code: box.dataset.item, answer: answerOf(box) || null, note: noteBox(box).value.trim(),
    happened_at: new Date().toISOString()
  };
  put(answersMessage(visit, { answers: [answer] }), wait);
  note(page, answer.code, answer);
  draw(box);
  drawProgress();
}

function photoTaken(box, input) {
  const file = input.files[0];
  if (!file) { return; }
  const tooLarge = () => say(words.textLarge, true);
  smaller(file).then((blob) => { put(visitPhoto(visit, box.dataset.item, blob), 0); }, tooLarge);
  input.value = '';
}

/* A photo that waits on the phone is shown like one that the server has. */
function showPhoto(message) {
  const code = message.parts[0].value, box = item(code);
  if (!box || thumbs.has(message.id)) { return; }
  thumbs.add(message.id);
  const thumb = box.querySelector('.check-thumb') || document.createElement('span');
  const picture = document.createElement('img');
  thumb.className = 'check-thumb';
  thumb.textContent = '';
  picture.src = URL.createObjectURL(message.parts[1].value);
  picture.alt = code;
  thumb.appendChild(picture);
  box.querySelector('[data-photo-row]').appendChild(thumb);
  box.dataset.hasPhoto = '1';
  draw(box);
  drawProgress();
}

/* What an earlier page left in the outbox stands on this one; on a page from the phone also what the server
   has taken since. */
function restore(notes) {
  const waiting = outbox.waiting().concat(isBlank ? outbox.refused() : []).filter(isMine);
  const later = since || isBlank ? window.offlineRules.newer(notes, since || '1970-01-01') : [];
  const answers = [].concat(...waiting.map((message) => (message.slot ? message.json.answers : [])));
  later.forEach((one) => { if (one.code === 'remark') { remark.value = one.remark; } });
  later.concat(answers).forEach((answer) => {
    const box = item(answer.code);
    if (!box) { return; }
    box.querySelectorAll('input[type="radio"]').forEach((radio) => {
      radio.checked = radio.value === answer.answer;
    });
    noteBox(box).value = answer.note;
    states.set(box, answerOf(box) + ' ' + answer.note);
    draw(box);
  });
  waiting.forEach((message) => {
    if (message.slot && message.json.remark !== undefined) { remark.value = message.json.remark; }
  });
  drawProgress();
}

/* What a colleague's phone said otherwise about an item, as the server answers it. */
function showConflicts(conflicts) {
  items.forEach((box) => {
    const texts = conflicts[box.dataset.item] || [], place = box.querySelector('[data-conflict]');
    const list = place.querySelector('[data-conflict-replies]');
    place.hidden = !texts.length;
    list.textContent = '';
    texts.forEach((text) => { list.appendChild(document.createElement('li')).textContent = text; });
  });
}

/* Signing out goes last, so that what was done on site arrives before its end. */
function signOut(code, source) {
  const json = {
    swipe_id: outbox.uuid(), code: code, happened_at: new Date().toISOString(), direction: 'out',
    how: HOW[source]
  };
  if (isAsked) { say(words.textLocating); }
  sendSwipe({
    lane: lane, owner: words.person, method: 'POST', path: '/swipes', lift: words.lift, json: json
  });
}

function signedOut(answer) {
  const here = answer.visit_id === visit, reasons = answer.reasons || [];
  if (answer.outcome === 'closed' && here) { window.location.reload(); return; }
  const elsewhere = !here && (answer.visit_id || reasons.some((one) => one.code === 'no_sign_in'));
  if (elsewhere || reasons.length) { say(elsewhere ? words.textElsewhere : reasons[0].text, true); }
}

/* The swipe that this checklist waits for was answered. */
function opened(answer) {
  if (answer.visit_id) {
    window.location.replace('/visits/' + answer.equipment_id + '/' + answer.visit_id);
  } else {
    drawRefusal((answer.reasons || []).map((one) => one.text).join(' '));
  }
}

function drawRefusal(text) {
  const place = root.querySelector('[data-refused]');
  place.hidden = false;
  place.textContent = text + ' ' + words.textRefused;
}

/* A checklist of no visit that nothing waits for: its visit is there already, or it was never begun. */
function whereNow() {
  const refused = outbox.refused().filter((message) => isMine(message) && message.opens)[0];
  if (refused) { drawRefusal(refused.reason); return; }
  if (outbox.waiting().filter(isMine).length) { return; }
  if (!visit) { window.location.replace('/visits/start/' + words.lift); return; }
  isReachable().then((reachable) => { if (reachable) { window.location.replace(page); } });
}

items.forEach((box) => {
  box.addEventListener('change', (event) => {
    if (event.target.type === 'file') { photoTaken(box, event.target); } else { changed(box, TAPPING); }
  });
  box.addEventListener('input', (event) => { if (event.target.type === 'text') { changed(box, TYPING); } });
  draw(box);
});

const form = root.querySelector('[data-checks]'), remark = form.querySelector('[name="remark"]');
form.querySelector('[data-save]').hidden = true;
form.addEventListener('submit', (event) => { event.preventDefault(); outbox.drain(); });
remark.addEventListener('input', () => {
  put(answersMessage(visit, { answers: [], remark: remark.value }), TYPING);
  note(page, 'remark', { remark: remark.value, happened_at: new Date().toISOString() });
});

document.addEventListener('scan', (event) => {
  if (!event.target.closest('[data-sign-out]')) { return; }
  event.preventDefault();
  signOut(event.detail.text, event.detail.source);
});

outbox.watch((event) => {
  if (event.type === 'changed') {
    outbox.waiting().filter(isMine).forEach((message) => { if (message.parts) { showPhoto(message); } });
    drawWaiting();
  }
  if (event.type === 'held' && isMine(event.message) && event.message.path === '/swipes') {
    say(words.textKeptOut);
  }
  if (event.type !== 'answered' || event.message.lane !== lane) { return; }
  if (event.message.opens) {
    opened(event.response.json);
  } else if (event.message.path === '/swipes') {
    signedOut(event.response.json);
  } else if (event.response.status >= 400) {
    say(reason(event.response.status, event.response.json), true);
  } else if (event.response.json && event.response.json.conflicts) {
    showConflicts(event.response.json.conflicts);
  }
});
outbox.ready.then(() => noted(page)).then(restore).then(() => { if (isBlank) { whereNow(); } });
drawProgress();
