/* The checklist of a visit: every tap goes into the outbox at once and is sent item by item; a reload or a
   lost signal loses nothing. */
import { answersMessage, reason, visitLane, visitPhoto, weight } from './outbox-rules.js';
import { note, noted, since } from './offline.js';
import * as outbox from './outbox.js';
import { isReachable } from './phone.js';
import { HOW, isAsked } from './position.js';
import { locate, stamped } from './visit-photo.js';
import { amountIn, isOdd, judge, lacking as lackOf, nextLeft, numberOf } from './visit-rules.js';
import { sendSwipe } from './visit-swipe.js';

const TYPING = 600, TAPPING = 300;
const root = document.querySelector('[data-visit]'), words = root.dataset;
/* The checklist of no visit yet belongs to the swipe that is on its way to make one. */
const isBlank = !words.visit, visit = words.visit || window.location.hash.slice(1), lane = visitLane(visit);
const page = isBlank ? '/visits/' + words.lift + '/' + visit : window.location.pathname;
const say = window.tracker.say, items = Array.from(root.querySelectorAll('[data-item]')), lackTexts = {};
const thumbs = new Set(), states = new Map();
const verdicts = { inside: words.textInside, outside: words.textOutside, unreadable: words.textUnreadable };
root.querySelectorAll('[data-lack-name]').forEach((line) => {
  lackTexts[line.dataset.lackName] = line.textContent;
});

function item(code) { return items.filter((box) => box.dataset.item === code)[0]; }
function answerOf(box) {
  const chosen = box.querySelector('input[type="radio"]:checked');
  return chosen ? chosen.value : '';
}
function noteBox(box) { return box.querySelector('[data-more] input'); }
function sureBox(box) { return box.querySelector('[data-sure] input'); }

/* The readings of an item with what stands in their fields. */
const limit = (text) => (text ? Number(text) : null);
function readingsOf(box) {
  return Array.from(box.querySelectorAll('[data-reading]')).map((row) => {
    const [found, after] = row.querySelectorAll('input'), stated = row.dataset;
    const usual = stated.usual ? stated.usual.split(' ').map(Number) : null;
    return {
      key: stated.reading, decimals: Number(stated.decimals), unit: stated.unit, usual: usual,
      atLeast: limit(stated.atLeast), atMost: limit(stated.atMost), row: row,
      found: found.value, after: after.value
    };
  });
}

/* What an answer still lacks, as the server says it too. */
function lacking(box) {
  const about = box.dataset, sure = sureBox(box);
  return lackOf({
    answer: answerOf(box), note: noteBox(box).value.trim(), isKey: Boolean(about.keyItem),
    needsPhoto: Boolean(about.needsPhoto), keyPhoto: Boolean(words.keyPhoto),
    hasPhoto: Boolean(about.hasPhoto), sure: Boolean(sure && sure.checked), readings: readingsOf(box)
  });
}

/* Each reading says at once whether it lies within its limit. */
function drawReadings(box, answer) {
  const readings = readingsOf(box), sure = box.querySelector('[data-sure]');
  readings.forEach((reading) => {
    reading.row.querySelector('[data-after]').hidden = answer !== 'adjusted';
    [['found', '[data-found]'], ['after', '[data-after]']].forEach(([name, place]) => {
      const judged = judge(reading, reading[name]), field = reading.row.querySelector(place);
      field.querySelector('[data-verdict]').textContent = verdicts[judged] || '';
      field.dataset.judged = judged;
    });
  });
  if (sure) {
    const isAfterOdd = (one) => answer === 'adjusted' && isOdd(one, one.after);
    sure.hidden = !readings.some((one) => isOdd(one, one.found) || isAfterOdd(one));
  }
}

function draw(box) {
  const answer = answerOf(box), lack = lacking(box), line = box.querySelector('[data-lacks]');
  drawReadings(box, answer);
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
  const left = items.filter(isLeft).length, bar = root.querySelector('[data-progress]');
  root.querySelector('[data-next]').disabled = !left;
  root.querySelector('[data-left]').textContent = left ? words.textLeft.replace('{n}', left) : words.textDone;
  bar.value = items.length ? items.length - left : 1;
  root.querySelectorAll('[data-place]').forEach((place) => {
    const all = place.querySelectorAll('[data-item]').length;
    const complete = Array.from(place.querySelectorAll('[data-item]')).filter((box) => !isLeft(box)).length;
    const count = place.querySelector('[data-count]');
    count.textContent = complete + ' / ' + all;
    count.classList.toggle('is-complete', complete === all);
  });
  const warning = root.querySelector('[data-out-warning]');
  if (warning) { warning.hidden = !left; }
}

/* Left: what lacks something, and what two people answered differently. */
function isLeft(box) { return Boolean(box.dataset.lack) || !box.querySelector('[data-conflict]').hidden; }

/* The next item that is left, in the order of the page, from the one that was shown last. */
let shown = -1;
function showNext() {
  shown = nextLeft(items.map((box) => (isLeft(box) ? 'left' : '')), shown);
  if (shown < 0) { return; }
  const box = items[shown], lack = box.dataset.lack;
  box.scrollIntoView({ block: 'center' });
  const wanted = { reading: '[data-found] input', after: '[data-after] input', text: '[data-more] input',
    reason: '[data-more] input', odd: '[data-sure] input', photo: '[data-photo-row] input' }[lack];
  const field = box.querySelector(wanted || 'input[type="radio"]');
  if (field) { field.focus({ preventScroll: true }); }
  box.classList.add('is-shown');
  setTimeout(() => box.classList.remove('is-shown'), 1600);
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

/* What is sent of an item; a reading that cannot be read stays in its field and says so. */
function stateOf(box) {
  const state = { answer: answerOf(box) || null, note: noteBox(box).value.trim() }, sure = sureBox(box);
  const taken = (name) => Object.fromEntries(readingsOf(box).map((one) => {
    const amount = amountIn(one[name], one.decimals, one.unit);
    return [one.key, amount === null || Number.isNaN(amount) ? '' : numberOf(amount, one.decimals)];
  }).filter((pair) => pair[1]));
  if (box.querySelector('[data-reading]')) {
    state.readings = taken('found');
    if (state.answer === 'adjusted') { state.after = taken('after'); }
    if (sure && sure.checked && !sure.closest('[data-sure]').hidden) { state.sure = true; }
  }
  return state;
}

function changed(box, wait) {
  draw(box);
  const now = stateOf(box), state = JSON.stringify(now);
  if (states.get(box) === state) {
    drawProgress();
    return;  // leaving a text box tells of what was typed once more
  }
  states.set(box, state);
  const about = { code: box.dataset.item, happened_at: new Date().toISOString() };
  const answer = Object.assign(about, now);
  put(answersMessage(visit, { answers: [answer] }), wait);
  note(page, answer.code, answer);
  draw(box);
  drawProgress();
}

function photoTaken(box, input) {
  const file = input.files[0];
  if (!file) { return; }
  const code = box.dataset.item, title = box.querySelector('[data-title]').textContent.trim();
  const about = {
    lift: words.liftName, item: code + ' ' + title, person: words.personName, noPosition: words.textNoPosition
  };
  stamped(file, about).then(
    (photo) => { put(visitPhoto(visit, code, photo.blob, photo.facts), 0); },
    (fault) => say(fault.message === 'large' ? words.textTooLarge : words.textLarge, true)
  );
  input.value = '';
}

/* A photo that waits on the phone is shown like one that the server has. */
function showPhoto(message) {
  const code = message.parts[0].value, box = item(code);
  if (!box || thumbs.has(message.id)) { return; }
  thumbs.add(message.id);
  const thumb = document.createElement('span'), picture = document.createElement('img');
  thumb.className = 'check-thumb';
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
    readingsOf(box).forEach((one) => {
      const [found, after] = one.row.querySelectorAll('input');
      found.value = (answer.readings || {})[one.key] || '';
      after.value = (answer.after || {})[one.key] || '';
    });
    if (sureBox(box)) { sureBox(box).checked = Boolean(answer.sure); }
    draw(box);
    states.set(box, JSON.stringify(stateOf(box)));
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
  drawProgress();
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
root.querySelector('[data-next]').addEventListener('click', showNext);
if (items.length) { locate(); }

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
