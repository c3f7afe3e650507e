/* The control of a day: three taps where nothing is wrong. Every word and photo stands on this phone as soon
   as it is made, and the whole goes into the outbox once it is signed. */
import './offline.js';
import { controlOf, lacking, siteDay } from './control-rules.js';
import { dropPhotosOf } from './draft-photos.js';
import { formPhotos, storedDraft, tell } from './form-photos.js';
import * as outbox from './outbox.js';
import { reason } from './outbox-rules.js';

const form = document.querySelector('[data-control]');
if (form) { begin(form, form.dataset); }

function begin(form, words) {
  const on = words.on || siteDay(Date.now());
  const key = 'control:' + words.category + ':' + on + ':' + (words.replaces || 'new') + ':' + words.person;
  const lane = 'control:' + words.category + ':' + words.person;
  const say = form.querySelector('[data-control-say]');
  const photos = formPhotos(form.querySelector('[data-control-photos]'), key, words.textDrop);
  const problems = Array.from(form.querySelectorAll('[data-problem]'));
  const nothing = form.querySelector('[name=found]');
  let saving = 0, sentAs = '';

  function values() {
    const all = {};
    Array.from(new FormData(form)).forEach(([name, value]) => {
      const match = /^problem-(\d+)-/.exec(name);
      if (match && problems[Number(match[1]) - 1].hidden) { return; }
      if (typeof value === 'string') { (all[name] = all[name] || []).push(value); }
    });
    return all;
  }

  function keepDraft() {
    clearTimeout(saving);
    saving = setTimeout(storeDraft, 200);
  }

  function storeDraft() {
    clearTimeout(saving);
    try { localStorage.setItem(key, JSON.stringify({ values: values(), sent: sentAs })); } catch (full) {
      window.tracker.say(words.textFull, true);
    }
  }

  function takeUp() {
    const draft = storedDraft(key);
    if (!draft) { return; }
    sentAs = draft.sent || '';
    Array.from(form.elements).forEach((element) => {
      if (!element.name || element.type === 'file' || element.name === 'csrf_token') { return; }
      const kept = draft.values[element.name];
      if (element.type === 'checkbox' || element.type === 'radio') {
        if (kept) { element.checked = kept.indexOf(element.value) >= 0; }
      } else if (kept && kept.length) {
        element.value = kept[0];
      }
    });
    problems.forEach((row, place) => {
      const isUsed = Boolean(draft.values['problem-' + (place + 1) + '-text']);
      row.hidden = !isUsed;
    });
    form.querySelector('[data-control-kept]').hidden = false;
  }

  function draw() {
    const items = new Set();
    problems.forEach((row) => {
      const picked = (name) => (row.querySelector('[name$=-' + name + ']:checked') || {}).value || '';
      const item = row.querySelector('[name$=-item]').value;
      if (!row.hidden && item) { items.add(item); }
      row.querySelector('[data-problem-item]').textContent = item;
      row.querySelector('[data-serious]').hidden = picked('grade') !== 'serious';
      row.querySelector('[data-why]').hidden = picked('stopped') !== 'no';
    });
    form.querySelectorAll('[data-item]').forEach((line) => {
      line.classList.toggle('has-problem', items.has(line.dataset.item));
    });
    if (problems.some((row) => !row.hidden)) { nothing.checked = false; }
    form.querySelector('[data-control-quick]').hidden = !nothing.checked;
    if (!words.on) { form.querySelector('[data-control-day]').textContent = on; }
  }

  /* The next empty row, for an item or for anything else. */
  function addProblem(item) {
    const row = problems.filter((one) => one.hidden)[0];
    if (!row) { return; }
    row.hidden = false;
    row.querySelector('[name$=-item]').value = item;
    draw();
    keepDraft();
    row.querySelector('textarea').focus();
    row.scrollIntoView({ block: 'center' });
  }

  function dropProblem(row) {
    row.hidden = true;
    row.querySelectorAll('textarea, input[type=hidden], input[name$=-why_not]').forEach((field) => {
      field.value = '';
    });
    row.querySelectorAll('input[type=checkbox], input[name$=-stopped]').forEach((field) => {
      field.checked = false;
    });
    draw();
    keepDraft();
  }

  function send() {
    const fixed = {
      category: words.category, on: words.on, list: words.list, replaces: words.replaces
    };
    const control = controlOf(values(), fixed, Date.now());
    const lacks = lacking(control, photos.number(), words.piece === 'yes');
    if (lacks.length) {
      const texts = lacks.map((name) => form.querySelector('[data-lacks-' + name + ']').textContent.trim());
      tell(say, texts.join(' '), true);
      return;
    }
    const whole = Object.assign({ control_id: outbox.uuid() }, control);
    sentAs = whole.control_id;
    storeDraft();
    outbox.send({ lane: lane, owner: words.person, method: 'POST', path: '/controls', about: words.title,
      parts: [{ name: 'record', value: JSON.stringify(whole) }, ...photos.parts()] }).saved.then(() => {
      drawWaiting();
      window.tracker.say(words.textHeld);
    });
  }

  /* The message of this control, whichever page sent it. */
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

  /* While the control waits nobody fills it in a second time. */
  function drawWaiting() {
    const waits = outbox.waiting(lane).some(isOurs);
    form.querySelector('[data-control-waits]').hidden = !waits;
    form.querySelectorAll('[data-control-send], [data-control-quick]').forEach((button) => {
      button.disabled = waits;
    });
  }

  /* Nothing of this control is left on the phone; resolves when that is so. */
  function forget() {
    clearTimeout(saving);
    localStorage.removeItem(key);
    return dropPhotosOf(key);
  }

  form.querySelectorAll('[data-item-wrong]').forEach((button) => {
    button.addEventListener('click', () => addProblem(button.closest('[data-item]').dataset.item));
  });
  problems.forEach((row) => {
    row.querySelector('[data-problem-drop]').addEventListener('click', () => dropProblem(row));
  });
  form.querySelector('[data-problem-add]').addEventListener('click', () => addProblem(''));
  form.querySelector('[data-control-file]').addEventListener('change', (event) => {
    photos.add(event.target.files);
    event.target.value = '';
  });
  nothing.addEventListener('change', () => {
    if (nothing.checked) { problems.filter((row) => !row.hidden).forEach(dropProblem); }
    nothing.checked = true;
    draw();
  });
  form.addEventListener('input', () => { keepDraft(); draw(); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    tell(say, '');
    send();
  });
  form.querySelector('[data-control-anew]').addEventListener('click', () => {
    forget().then(() => window.location.reload());
  });
  takeUp();
  draw();
  outbox.watch((event) => {
    if (event.type === 'changed') { drawWaiting(); }
    if (event.type !== 'answered' || !isOurs(event.message)) { return; }
    const response = event.response;
    if (response.status === 200 || response.status === 201) {
      forget().then(() => window.location.assign(response.json.url));
      return;
    }
    sentBack(event.message, reason(response.status, response.json));
  });
  outbox.ready.then(() => { settle(); drawWaiting(); });
}
