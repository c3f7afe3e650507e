/* The record of a supervision check: every word, drawing and photo stands on this phone as soon as it is
   made, and the whole goes into the outbox once both sides have signed. */
import './offline.js';
import { missing, recordOf } from './check-rules.js';
import { dropPhotosOf } from './draft-photos.js';
import { formPhotos, storedDraft, tell } from './form-photos.js';
import * as outbox from './outbox.js';
import { reason } from './outbox-rules.js';
import { signaturePad } from './signature-pad.js';

const form = document.querySelector('[data-check]');
if (form) { begin(form, form.dataset); }

function begin(form, words) {
  const key = 'check:' + words.unit + ':' + (words.replaces || 'new') + ':' + words.person;
  const lane = 'check:' + words.unit, pads = {};
  const say = form.querySelector('[data-check-say]');
  const photos = formPhotos(form.querySelector('[data-check-photos]'), key, words.textDrop);
  let saving = 0, sentAs = '';

  function values() {
    const all = {};
    Array.from(new FormData(form)).forEach(([name, value]) => {
      if (typeof value === 'string') { (all[name] = all[name] || []).push(value); }
    });
    return all;
  }

  function keepDraft() {
    clearTimeout(saving);
    saving = setTimeout(storeDraft, 200);
  }

  function storeDraft() {
    const drawn = {};
    clearTimeout(saving);
    Object.keys(pads).forEach((who) => { drawn[who] = pads[who].address(); });
    const draft = { values: values(), drawn: drawn, sent: sentAs };
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch (full) {
      window.tracker.say(words.textFull, true);
    }
  }

  function takeUp() {
    const draft = storedDraft(key);
    if (!draft) { return; }
    sentAs = draft.sent || '';
    Array.from(form.elements).forEach((element) => {
      if (!element.name || element.type === 'file' || element.name === 'csrf_token') { return; }
      const kept = draft.values[element.name] || [];
      if (element.type === 'checkbox' || element.type === 'radio') {
        element.checked = kept.indexOf(element.value) >= 0;
      } else if (kept.length) {
        element.value = kept[0];
      }
    });
    Object.keys(draft.drawn).forEach((who) => {
      if (draft.drawn[who] && pads[who]) { pads[who].show(draft.drawn[who]); }
    });
    form.querySelector('[data-check-kept]').hidden = false;
  }

  /* Rows of problems that hold something, and one empty one behind them. */
  function drawRows() {
    let isFree = false;
    form.querySelectorAll('[data-finding]').forEach((row) => {
      const isUsed = row.querySelector('textarea').value.trim() !== '';
      row.hidden = !isUsed && isFree;
      if (!isUsed) { isFree = true; }
    });
    const answer = (form.querySelector('[name=answer]:checked') || {}).value || '';
    form.querySelectorAll('[data-for]').forEach((part) => {
      part.hidden = part.dataset.for.split(' ').indexOf(answer) < 0;
    });
  }

  function sent(record) {
    const signed = Object.keys(pads).filter((who) => !pads[who].isEmpty());
    const lacking = missing(record, signed, Number(words.needed), photos.number());
    if (lacking.length) {
      const texts = lacking.map((name) => form.querySelector('[data-lacks-' + name + ']').textContent.trim());
      tell(say, texts.join(' '), true);
      return;
    }
    const wanted = record.answer === 'signed' ? signed : signed.filter((who) => who !== 'unit');
    Promise.all(wanted.map((who) => pads[who].blob().then((blob) => (
      { name: 'signature-' + who, value: blob, file: who + '.png' }
    )))).then((drawings) => {
      const whole = Object.assign({ check_id: outbox.uuid() }, record);
      const parts = [{ name: 'record', value: JSON.stringify(whole) }, ...drawings, ...photos.parts()];
      sentAs = whole.check_id;
      storeDraft();
      outbox.send({ lane: lane, owner: words.person, method: 'POST', path: '/checks', parts: parts,
        about: words.unitName }).saved.then(() => {
        drawWaiting();
        window.tracker.say(words.textHeld);
      });
    });
  }

  /* The message of this record, whichever page sent it. */
  function isOurs(message) {
    const record = (message.parts || []).filter((part) => part.name === 'record')[0];
    return Boolean(record && sentAs) && record.value.indexOf(sentAs) >= 0;
  }

  /* Sent before, by this page or another one, or after a sign-in: still here, refused, or on file. */
  function settle() {
    if (!sentAs || outbox.waiting(lane).some(isOurs)) { return; }
    const refused = outbox.refused().filter(isOurs)[0];
    if (refused) { sentBack(refused, refused.reason); return; }
    forget().then(() => window.location.reload());
  }

  function sentBack(message, why) {
    sentAs = '';
    storeDraft();
    tell(say, why, true);
    outbox.dismiss(message);
    drawWaiting();
  }

  /* While the record waits nobody fills it in a second time. */
  function drawWaiting() {
    const waits = outbox.waiting(lane).length > 0;
    form.querySelector('[data-check-waits]').hidden = !waits;
    form.querySelector('[data-check-send]').disabled = waits;
  }

  /* Nothing of this record is left on the phone; resolves when that is so. */
  function forget() {
    clearTimeout(saving);
    localStorage.removeItem(key);
    return dropPhotosOf(key);
  }

  form.querySelectorAll('[data-pad]').forEach((canvas) => {
    pads[canvas.dataset.pad] = signaturePad(canvas, keepDraft);
  });
  form.querySelectorAll('[data-clear]').forEach((button) => {
    button.addEventListener('click', () => pads[button.dataset.clear].clear());
  });
  form.querySelector('[data-check-file]').addEventListener('change', (event) => {
    photos.add(event.target.files);
    event.target.value = '';
  });
  form.addEventListener('input', () => { keepDraft(); drawRows(); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    tell(say, '');
    sent(recordOf(values(), words.unit));
  });
  form.querySelector('[data-check-anew]').addEventListener('click', () => {
    forget().then(() => window.location.reload());
  });
  takeUp();
  drawRows();
  outbox.watch((event) => {
    if (event.type === 'changed') { drawWaiting(); }
    if (event.type !== 'answered' || event.message.lane !== lane) { return; }
    const response = event.response;
    if (response.status === 200 || response.status === 201) {
      forget().then(() => window.location.assign(response.json.url));
      return;
    }
    sentBack(event.message, reason(response.status, response.json));
  });
  outbox.ready.then(() => { settle(); drawWaiting(); });
}
