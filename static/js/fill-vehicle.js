/* 车用气瓶: a plate or a tag brings all cylinders of a vehicle onto one manifold. A red one ends it: a cylinder
   of a vehicle is not taken off here. One look-over, one start, one pressure; how each cylinder stands, the
   server says. */
import { amount, answers, words as refusal } from './fill-rules.js';
import { askSecond } from './fill-second.js';
import { isRefused, now, send } from './fill-send.js';
import * as view from './fill-view.js';
import { mayStart, numbers } from './manifold-rules.js';
import * as outbox from './outbox.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
const config = JSON.parse(words.config), group = config.gases[config.gas].group;
const plate = root.querySelector('#plate'), list = root.querySelector('[data-bottles]');
const head = root.querySelector('[data-vehicle]');
let manifold = config.manifold, vehicle = null, busy = false;

function path(step) { return '/manifolds/' + manifold.manifold_id + (step ? '/' + step : ''); }
function bottles() { return manifold ? manifold.bottles : []; }

/* Drawing */
function lines(parts, className) {
  const item = document.createElement('li');
  item.className = 'tile ' + className;
  parts.filter(Boolean).forEach((text, place) => {
    const part = document.createElement(place ? 'small' : 'b');
    part.textContent = text;
    item.appendChild(part);
  });
  return item;
}

function draw() {
  const step = !manifold ? 'plate' : manifold.state === 'filling' ? 'filling' : 'looking';
  root.querySelectorAll('[data-while]').forEach((part) => {
    part.hidden = part.dataset.while.split(' ').indexOf(step) < 0;
  });
  head.textContent = vehicle ? [vehicle.plate, vehicle.vin].filter(Boolean).join(' · ') : '';
  root.querySelector('[data-start]').disabled = !mayStart(bottles());
  root.querySelector('[data-start]').hidden = step !== 'looking' || !mayStart(bottles());
  list.textContent = '';
  bottles().forEach((bottle) => {
    const reasons = bottle.reasons.map((reason) => reason.code + ' ' + reason.text).join(' ');
    const look = 'manifold-' + bottle.hook + (bottle.hook === 'red' ? ' is-bad' : '');
    list.appendChild(lines([bottle.name, reasons], look));
  });
}

function refuse(text, reasons) {
  view.verdict(false, text, reasons || []);
  view.add('leave');
}

/* Finding: the vehicle, then a scan of each of its cylinders, in one lane. */
function find(text) {
  if (busy || !text) { return; }
  if (!outbox.tokenOf('')) { window.tracker.say(words.textNoToken, true); return; }
  busy = true;
  view.verdict(null, text, []);
  const asked = { method: 'GET', path: '/vehicles?q=' + encodeURIComponent(text), owner: '' };
  outbox.request(asked).then((answer) => {
    busy = false;
    if (answer.status !== 200) { refuse(answer.json ? refusal(answer.json).all : words.textAlone); return; }
    vehicle = answer.json;
    const wrong = vehicle.cylinders.find((one) => one.refusal || !one.code);
    if (!vehicle.cylinders.length) { refuse(text + ' · ' + words.textUnregistered); return; }
    if (wrong) { refuse([wrong.name, wrong.refusal || words.textNoCode].join(' · ')); return; }
    hook();
  }, () => { busy = false; refuse(words.textAlone); });
}

function hook() {
  manifold = { manifold_id: outbox.uuid(), state: 'open', bottles: [] };
  const body = { manifold_id: manifold.manifold_id, bay: config.bay, gas: config.gas, happened_at: now() };
  send('POST', '/manifolds', body, false, (answer) => {
    if (isRefused(answer)) { manifold = null; draw(); }
  });
  let left = vehicle.cylinders.length;
  vehicle.cylinders.forEach((one) => {
    const scan = {
      scan_id: outbox.uuid(), code: one.code, gas: config.gas, bay: config.bay, happened_at: now(),
      manifold_id: manifold.manifold_id
    };
    send('POST', '/fills', scan, true, () => {
      left -= 1;
      if (!left) { refresh(judge); }
    });
  });
}

function refresh(then) {
  if (!manifold) { return; }
  outbox.request({ method: 'GET', path: path(), owner: '' }).then((answer) => {
    if (answer.status !== 200) { return; }
    manifold = answer.json;
    draw();
    if (then) { then(); }
  });
}

/* All are there: one red keeps the vehicle from being filled; else what a person looks at, once for all. */
function judge() {
  const red = bottles().find((bottle) => bottle.hook === 'red');
  if (red) { refuse(red.name, red.reasons); return; }
  view.verdict(true, head.textContent, [], true);
  if (numbers(bottles()).unchecked) { view.add('no-fills'); }
}

function look(faults) {
  const waiting = bottles().filter((bottle) => bottle.hook === 'unchecked');
  let left = waiting.length;
  const answered = () => {
    left -= 1;
    if (!left) { refresh(judge); }
  };
  waiting.forEach((bottle) => {
    const json = { checks: faults || answers(bottle.checks), happened_at: now() };
    const step = '/fills/' + bottle.id + '/checks';
    if (config.checked_by_another.indexOf(group) >= 0) {
      askSecond({ method: 'PUT', path: step, json: json, field: 'checker', done: answered });
    } else {
      send('PUT', step, json, true, answered);
    }
  });
}

/* Start and end */
function start() {
  send('PUT', path('start'), { happened_at: now() }, false, (answer) => {
    if (isRefused(answer)) { refresh(); return; }
    view.clear();
    manifold = answer.json;
    window.tracker.say(words.textStarted);
    draw();
    root.querySelector('#pressure').focus({ preventScroll: true });
  });
}

function end(fault) {
  const typed = root.querySelector('#pressure'), kpa = amount(typed.value, config.most.MPa);
  if (kpa === null) {
    const text = typed.value.trim() ? words.textNoAmount : words.textGauge;
    const said = text.split('{typed}').join(typed.value.trim()).replace('{unit}', 'MPa');
    window.tracker.say(said.replace('{most}', config.most.MPa + ' MPa'), true);
    typed.focus();
    return;
  }
  const json = {
    happened_at: now(), result_id: outbox.uuid(), pressure_kpa: kpa, failed: {},
    post_checks: answers(config.post[group], fault)
  };
  if (config.rechecked_by_another.indexOf(group) >= 0) {
    askSecond({ method: 'PUT', path: path('end'), json: json, field: 'rechecker', done: ended });
    return;
  }
  send('PUT', path('end'), json, true, (answer) => { if (!isRefused(answer)) { ended(answer.json); } });
}

function ended(json) {
  const filled = json.bottles.filter((bottle) => bottle.state === 'filled').length;
  const isFine = filled === json.bottles.filter((bottle) => bottle.hook === 'on').length;
  const text = [vehicle && vehicle.plate, words.textEnded.replace('{filled}', filled)];
  view.verdict(isFine, text.filter(Boolean).join(' · '), []);
  next();
}

/* The next vehicle; what hangs on the manifold still is broken off. */
function leave() {
  view.clear();
  if (manifold) {
    send('POST', path('cancel'), { happened_at: now() }, false, () => undefined);
  }
  next();
}

function next() {
  manifold = vehicle = null;
  plate.value = words.plate;
  root.querySelector('#pressure').value = '';
  draw();
}

const TAPS = {
  '[data-letter]': (button) => { plate.value += button.dataset.letter; },
  '[data-find]': () => find(plate.value.trim()),
  '[data-all-fine]': () => look(),
  '[data-no-fill]': (button) => look(JSON.parse(button.dataset.noFill)),
  '[data-start]': start,
  '[data-end]': (button) => end(button.dataset.end),
  '[data-leave]': leave
};

root.addEventListener('click', (event) => {
  const selector = Object.keys(TAPS).find((one) => event.target.closest(one));
  if (!selector) { return; }
  window.scanning.forget();
  TAPS[selector](event.target.closest(selector));
});
plate.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing) { return; }
  event.preventDefault();
  find(plate.value.trim());
});
document.querySelector('form[data-scan]').addEventListener('scan', (event) => {
  event.preventDefault();
  document.querySelector('[data-scan-box]').value = '';
  if (!manifold) { find(event.detail.text); }
});
draw();
if (manifold && manifold.state === 'open') { judge(); }
