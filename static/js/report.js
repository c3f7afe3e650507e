/* The public pages: what was reported waits on this phone until the server has it, and its number is shown
   once it has come. */
import * as outbox from './outbox.js';
import { reason, reportMessage } from './outbox-rules.js';
import { smaller } from './photo.js';
import { forget, numbers } from './report-numbers.js';

const place = document.querySelector('[data-reports]'), words = place.dataset;
const form = document.querySelector('form[data-report]');

let why = '';  // the server's words about what waits

function isReport(message) { return Boolean(message.open); }

function row(text, ...more) {
  const line = document.createElement('p');
  line.append(text, ...more);
  place.appendChild(line);
}

function link(report) {
  const anchor = document.createElement('a');
  anchor.href = report.url;
  anchor.textContent = report.number;
  return anchor;
}

function seen(message) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = words.textSeen;
  button.addEventListener('click', () => outbox.dismiss(message));
  return button;
}

function draw() {
  const waiting = outbox.waiting('report'), refused = outbox.refused().filter(isReport);
  place.textContent = '';
  const tried = waiting.some((one) => one.tries > 0);
  if (waiting.length) { row(why || (tried ? words.textWaiting + ' ' + words.textLater : words.textSending)); }
  refused.forEach((message) => row(words.textRefused + ' ' + message.reason, seen(message)));
  numbers().forEach((report) => row(words.textReceived + ' ', link(report)));
  place.hidden = !place.childNodes.length;
  if (form) { form.hidden = waiting.some((one) => one.form === form.dataset.report); }
}

/* The page says what the server says, as it does without scripts. */
function answered(message, status, json) {
  if (status < 300) { window.location.assign(json.url); return; }
  outbox.dismiss(message);
  const fields = json.fields || { '': reason(status, json) };
  form.querySelectorAll('[data-problem]').forEach((line) => {
    line.textContent = fields[line.dataset.problem] || '';
    line.hidden = !line.textContent;
  });
}

function fieldsOf() {
  const typed = new FormData(form), texts = ['kind', 'description', 'phone', 'website'];
  const values = texts.map((name) => ({ name: name, value: typed.get(name) || '' }));
  return values.concat([
    { name: 'code', value: form.dataset.code }, { name: 'report_id', value: outbox.uuid() },
    { name: 'happened_at', value: new Date().toISOString() }
  ]);
}

function report() {
  const parts = fieldsOf(), file = form.querySelector('[name="photo"]').files[0];
  const shrunk = file ? smaller(file).catch(() => file) : Promise.resolve(null);
  form.hidden = true;
  shrunk.then((photo) => {
    if (photo) { parts.push({ name: 'photo', value: photo, file: 'photo.jpg' }); }
    const message = Object.assign(reportMessage(form.dataset.language, parts), { form: form.dataset.report });
    outbox.send(message, 0).then((answer) => answered(answer.message, answer.status, answer.json));
  });
}

/* The address of a report is where its number stands: seen there, it need not be shown again. */
const shown = document.querySelector('[data-report-number]');
if (shown) { forget(shown.dataset.reportNumber); }
if (form) { form.addEventListener('submit', (event) => { event.preventDefault(); report(); }); }
outbox.watch((event) => {
  if (event.message && isReport(event.message)) {
    const tooMany = event.type === 'held' && event.response.status === 429;
    why = tooMany ? reason(429, event.response.json) : '';
  }
  draw();
});
draw();
