/* 汇流排: bottles are scanned in one after another, each with its verdict and look-over; a red one keeps
   the others waiting until it is off; one start, one end, one pressure. How each bottle stands, the server
   says; while nobody answers, the messages that wait here do (manifold-waiting.js), by the list. */
import { mostText } from './fill-extra.js';
import * as offline from './fill-offline.js';
import { amount, answers, bottleName, mostKpa } from './fill-rules.js';
import { askSecond } from './fill-second.js';
import { isRefused, now, send } from './fill-send.js';
import { treat } from './fill-treatment.js';
import * as view from './fill-view.js';
import * as rules from './manifold-rules.js';
import * as waiting from './manifold-waiting.js';
import * as outbox from './outbox.js';
import { FLOOR } from './outbox-rules.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
const config = JSON.parse(words.config), group = config.gases[config.gas].group;
const box = document.querySelector('[data-scan-box]'), list = root.querySelector('[data-bottles]');
const FAULTS = ['Q03', 'Q01', 'Q02'], REDRAW = 15000;
const failed = new Map(), SNAPSHOT = 'manifold:' + config.bay + ':' + config.gas;
let manifold = config.manifold, current = null;
// What the list said of each scan, and the messages that are counted in; `asked` waits for a verdict.
const byList = new Map(), counted = new Set();
let isAlone = false, asked = null;

function path(step) { return '/manifolds/' + manifold.manifold_id + (step ? '/' + step : ''); }
function bottles() { return manifold ? manifold.bottles : []; }
function isFilling() { return Boolean(manifold) && manifold.state === 'filling'; }
function toBox() { if (!isFilling()) { box.focus({ preventScroll: true }); } }

/* Drawing */
function tile(bottle) {
  const item = document.createElement('li'), button = document.createElement('button');
  const lines = [bottle.name, rules.bundled(bottle.members, words.textBundle)];
  lines.push(bottle.reasons.map((reason) => reason.code + ' ' + reason.text).join(' '));
  button.type = 'button';
  button.className = 'tile manifold-' + bottle.hook;
  button.dataset.bottle = bottle.id;
  const fault = failed.get(bottle.id);
  const mark = isFilling() ? (fault ? words['textQ' + fault.slice(1)] : words.textFine) : '';
  const word = { unchecked: words.textLook, red: words.textTakeOff, off: words.textOff }[bottle.hook] || mark;
  button.classList.toggle('is-bad', bottle.hook === 'red' || Boolean(fault));
  lines.concat(word).filter(Boolean).forEach((line, place) => {
    const part = document.createElement(place ? 'small' : 'b');
    part.textContent = line;
    button.appendChild(part);
  });
  button.disabled = bottle.hook === 'off' || (isFilling() && bottle.state !== 'open');
  item.appendChild(button);
  return item;
}

function word() {
  const many = rules.numbers(bottles());
  if (isFilling()) {
    const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(manifold.started_at)) / 60000));
    return words.textFlows.replace('{n}', minutes);
  }
  if (many.red) { return words.textRed.replace('{bottles}', rules.named(bottles(), 'red')); }
  if (many.unchecked) {
    return words.textUnchecked.replace('{bottles}', rules.named(bottles(), 'unchecked'));
  }
  return many.ready ? words.textReady : words.textEmpty;
}

function draw() {
  const many = rules.numbers(bottles()), place = root.querySelector('[data-word]');
  ['ready', 'unchecked', 'red'].forEach((name) => {
    root.querySelector('[data-number="' + name + '"]').textContent = many[name];
  });
  place.textContent = word();
  place.classList.toggle('is-red', many.red > 0 && !isFilling());
  root.querySelectorAll('[data-while]').forEach((part) => {
    part.hidden = (part.dataset.while === 'filling') !== isFilling();
  });
  root.querySelector('[data-start]').disabled = !rules.mayStart(bottles());
  root.querySelector('[data-on-it]').textContent = many.ready;
  root.querySelector('[data-cancel]').hidden = !manifold;
  drawMost();
  list.textContent = '';
  bottles().forEach((bottle) => list.appendChild(tile(bottle)));
  try { localStorage.setItem(SNAPSHOT, JSON.stringify(manifold)); } catch (full) { /* lives with the page */ }
}

/* The lowest of what the bottles on it may have at this temperature: one pressure ends them all. The list
   knows no pressures: with a bottle that hangs there by it, the stamps say. */
function drawMost() {
  const typed = root.querySelector('#celsius').value, tenths = typed ? rules.celsius(typed) : null;
  const open = bottles().filter((one) => one.state === 'open');
  const limits = open.map((one) => one.max_pressure).filter(Boolean);
  if (isAlone && limits.length < open.length) {
    root.querySelector('[data-most]').textContent = words.textMostStamp;
    return;
  }
  limits.sort((one, other) => mostKpa(one, tenths) - mostKpa(other, tenths));
  root.querySelector('[data-most]').textContent = mostText(limits[0], tenths);
}

/* What the server answered is how it stands, unless messages still wait that it has not heard. */
function stands(json) {
  if (isAlone) { return; }
  manifold = json.state === 'open' || json.state === 'filling' ? json : null;
  draw();
}

function refresh() {
  if (!manifold || isAlone) { return; }
  outbox.request({ method: 'GET', path: path(), owner: '' }).then((answer) => {
    if (answer.status === 200) { stands(answer.json); }
    if (answer.status === 404 && !isAlone && !outbox.waiting(FLOOR).length) { manifold = null; draw(); }
  });
}

/* Without an answer: every message that waits says how the manifold goes on, each once. */
function countIn() {
  const fresh = outbox.waiting(FLOOR).filter((message) => !counted.has(message.id));
  isAlone = true;
  fresh.forEach((message) => {
    counted.add(message.id);
    manifold = waiting.after(manifold, message, saidOf);
  });
  if (fresh.length) { draw(); }
}

/* All is sent: from here on the server says again how it stands. */
function heardAgain() {
  if (!isAlone || outbox.waiting(FLOOR).length) { return; }
  isAlone = false;
  refresh();
}

/* A message of this page: what follows once it was answered, or at once where nobody answers. */
function tell(method, step, json, act, alone) {
  send(method, step, json, true, (answer) => {
    if (!counted.has(answer.message.id)) { act(answer); return; }
    if (json.scan_id) { heardLater(answer, json); }
  });
  if (!offline.isOffline()) { return; }
  countIn();
  if (alone) { alone(); }
}

/* The server's word on a bottle that the list had judged: a no is told, and stays on the outbox's list. */
function heardLater(answer, scan) {
  if (answer.status < 400 && answer.json.allowed) { return; }
  const name = bottleName(answer.json.equipment, scan.code);
  window.tracker.say(name + ' · ' + words.textPassNo, true);
}

/* What the list says of a scan: of one that was let before the page was killed, its message tells. */
function saidOf(scan) {
  if (byList.has(scan.scan_id)) { return byList.get(scan.scan_id); }
  const said = offline.byList(scan, scan.code).answer, piece = offline.pieceOf(scan.code);
  const answer = Object.assign({}, said, scan.passed
    ? { fill_id: scan.scan_id, allowed: true, equipment: piece, reasons: [] }
    : { fill_id: null, allowed: false });
  return Object.assign(answer, { name: bottleName(answer.equipment, scan.code) });
}

/* Nobody answers: the list says what may be hooked on; what it lets goes to the server with its word. */
function askList(question) {
  const said = offline.byList(question, question.code);
  asked = null;
  if (said.passed) { question.passed = said.passed; }
  const name = bottleName(said.answer.equipment, question.code);
  byList.set(question.scan_id, Object.assign({}, said.answer, { name: name }));
  isAlone = true;
  judged(said.answer, question.code, question);
  return said.passed;
}

/* Hooking on */
function begin() {
  manifold = { manifold_id: outbox.uuid(), state: 'open', bottles: [] };
  const body = { manifold_id: manifold.manifold_id, bay: config.bay, gas: config.gas, happened_at: now() };
  tell('POST', '/manifolds', body, (answer) => {
    if (!isRefused(answer)) { return; }
    manifold = null;
    draw();
  });
}

function scanned(text) {
  if (!outbox.tokenOf('')) { window.tracker.say(words.textNoToken, true); return; }
  const here = bottles().find((one) => one.code === text && one.hook !== 'off');
  if (here && offline.isOffline()) {
    chosen(here);
    window.tracker.say(words.textTwice);
    return;
  }
  if (!manifold) { begin(); }
  view.verdict(null, '', []);
  const scan = {
    scan_id: outbox.uuid(), code: text, gas: config.gas, bay: config.bay, happened_at: now(),
    manifold_id: manifold.manifold_id
  };
  asked = scan;
  if (offline.isOffline()) { askList(scan); }
  tell('POST', '/fills', scan, (answer) => {
    asked = null;
    if (!isRefused(answer)) { judged(answer.json, text, scan); }
  });
}

function judged(answer, text, scan) {
  const here = bottles().find((one) => one.id === answer.fill_id);
  const inside = rules.bundled(answer.members, words.textBundle);
  const name = [bottleName(answer.equipment, text), inside].filter(Boolean).join(' · ');
  current = {
    id: answer.fill_id || scan.scan_id, fill_id: answer.fill_id, piece: answer.equipment, gas: config.gas,
    reasons: answer.reasons, items: answer.checks.filter((item) => item.asked).map((item) => item.code)
  };
  if (answer.flags.indexOf('manifold_closed') >= 0) {
    view.verdict(false, name + ' · ' + words.textClosed, []);
  } else if (answer.flags.indexOf('other_manifold') >= 0) {
    current.id = scan.scan_id;
    view.verdict(false, name + ' · ' + words.textOther, []);
    view.add('off');
  } else if (!answer.allowed) { red(name); }
  else if (here && here.hook === 'ready') { view.verdict(true, name + ' · ' + words.textTwice, []); }
  else {
    view.verdict(true, name + (here ? ' · ' + words.textTwice : ''), answer.reasons);
    view.checks(current, group);
  }
  if (manifold && !isAlone) {  // as answered, until the server has said how all of them stand
    const named = Object.assign({}, answer, { name: bottleName(answer.equipment, text) });
    manifold = waiting.hooked(manifold, scan, named);
  }
  refresh();
  toBox();
}

function red(name) {
  view.verdict(false, name, current.reasons);
  view.add('off');
  if (current.fill_id) { view.add('treatments'); }
}

/* What the list says of a bottle, so that it is looked over or taken off from there. */
function chosen(bottle) {
  current = {
    id: bottle.id, fill_id: bottle.state ? bottle.id : null, piece: { own_number: bottle.name },
    gas: config.gas, reasons: bottle.reasons, items: bottle.checks
  };
  if (isFilling()) {
    const fault = rules.nextFault(FAULTS, failed.get(bottle.id));
    if (fault) { failed.set(bottle.id, fault); } else { failed.delete(bottle.id); }
    draw();
    return;
  }
  if (bottle.hook === 'red') { red(bottle.name); return; }
  view.verdict(true, bottle.name, bottle.reasons, true);
  if (bottle.hook === 'unchecked') { view.checks(current, group); } else { view.add('off'); }
}

function looked(checks) {
  const bottle = current, json = { checks: checks, happened_at: now() };
  const step = '/fills/' + bottle.fill_id + '/checks';
  const answered = (answer) => {
    if (!answer.allowed) {
      current = Object.assign(bottle, { reasons: answer.reasons });
      red(bottleName(bottle.piece));
    }
    refresh();
  };
  const alone = () => answered(offline.looked(checks));
  if (config.checked_by_another.indexOf(group) >= 0) {
    const kept = () => { countIn(); alone(); };
    askSecond({ method: 'PUT', path: step, json: json, field: 'checker', done: answered, kept: kept });
    return;
  }
  view.clear();
  tell('PUT', step, json, (answer) => { if (!isRefused(answer)) { answered(answer.json); } }, alone);
  toBox();
}

function takeOff() {
  const off = { bottle: current.id, happened_at: now() };
  tell('PUT', path('off'), off, (answer) => { if (!isRefused(answer)) { stands(answer.json); } });
  view.clear();
  toBox();
}

/* Start and end */
function start() {
  const started = () => {
    view.clear();
    failed.clear();
    window.tracker.say(words.textStarted);
  };
  tell('PUT', path('start'), { happened_at: now() }, (answer) => {
    if (isRefused(answer)) { refresh(); return; }
    started();
    stands(answer.json);
  }, started);
}

function end() {
  const typed = root.querySelector('#pressure'), degrees = root.querySelector('#celsius');
  const kpa = amount(typed.value, config.most.MPa), tenths = rules.celsius(degrees.value);
  if (kpa === null) {
    const text = typed.value.trim() ? words.textNoAmount : words.textNumber;
    const said = text.split('{typed}').join(typed.value.trim()).replace('{unit}', 'MPa');
    window.tracker.say(said.replace('{most}', config.most.MPa + ' MPa'), true);
    typed.focus();
    return;
  }
  if (tenths === null) {
    window.tracker.say(words.textCelsius.replace('{typed}', degrees.value.trim()), true);
    degrees.focus();
    return;
  }
  const json = {
    happened_at: now(), result_id: outbox.uuid(), pressure_kpa: kpa, temperature_dc: tenths, failed: {},
    post_checks: answers(config.post[group])
  };
  failed.forEach((item, key) => { json.failed[key] = [item]; });
  const sums = waiting.ended(manifold, json.failed), alone = () => {
    sums.fills.forEach((one) => offline.noteFilled({ piece: offline.pieceOf(one.code), fill_id: one.id }));
    over(sums.filled, sums.failed);
  };
  if (config.rechecked_by_another.indexOf(group) >= 0) {
    const kept = () => { countIn(); alone(); };
    askSecond({ method: 'PUT', path: path('end'), json: json, field: 'rechecker', done: ended, kept: kept });
    return;
  }
  tell('PUT', path('end'), json, (answer) => { if (!isRefused(answer)) { ended(answer.json); } }, alone);
}

function ended(json) {
  const filled = json.bottles.filter((bottle) => bottle.state === 'filled').length;
  const bad = json.bottles.filter((bottle) => /^(failed|overfilled)$/.test(bottle.state)).length;
  over(filled, bad);
}

function over(filled, bad) {
  const text = words.textEnded.replace('{filled}', filled).replace('{failed}', bad);
  view.verdict(!bad, text, []);
  manifold = null;
  failed.clear();
  root.querySelector('#pressure').value = '';
  draw();
  toBox();
}

function breakOff() {
  const over = () => {
    view.clear();
    window.tracker.say(words.textCancelled);
    manifold = null;
    failed.clear();
    draw();
  };
  const body = { happened_at: now() };
  tell('POST', path('cancel'), body, (answer) => { if (!isRefused(answer)) { over(); } }, over);
}

function treated(treatment) {
  const isForTwo = (current.reasons || []).some((one) => config.treated_by_two.indexOf(one.code) >= 0);
  treat(current, treatment, isForTwo);
  if (offline.isOffline()) { countIn(); }
  setTimeout(refresh, 500);
}

const TAPS = {
  '[data-pass]': () => looked(answers(current.items)),
  '[data-fault]': (button) => looked({ [button.dataset.fault]: button.dataset.refusal }),
  '[data-void]': takeOff,
  '[data-off]': takeOff,
  '[data-treatment]': (button) => treated(button.dataset.treatment),
  '[data-aside]': () => { view.clear(); toBox(); },
  '[data-bottle]': (button) => chosen(bottles().find((one) => one.id === button.dataset.bottle)),
  '[data-start]': start,
  '[data-end]': end,
  '[data-cancel-now]': breakOff,
  '[data-cancel]': (button) => {
    view.clear();
    view.add('sure');
    view.find('[data-sure-text]').textContent = button.dataset.sure;
  }
};

root.addEventListener('click', (event) => {
  const selector = Object.keys(TAPS).find((one) => event.target.closest(one));
  if (!selector) { return; }
  window.scanning.forget();
  TAPS[selector](event.target.closest(selector));
});
root.addEventListener('input', (event) => { if (event.target.id === 'celsius') { drawMost(); } });
document.querySelector('form[data-scan]').addEventListener('scan', (event) => {
  event.preventDefault();
  box.value = '';
  scanned(event.detail.text);
});
/* What nobody answered is gone by here at once; what an earlier page left waiting tells how it stands. */
outbox.watch((event) => {
  const message = event.message && event.message.lane === FLOOR ? event.message : null;
  if (message && event.type === 'held') {
    if (asked && message.json && asked.scan_id === message.json.scan_id) {
      const passed = askList(asked);
      if (passed) { outbox.supplement(message, { passed: passed }); }
    } else { countIn(); }
  }
  if (event.type === 'changed') { heardAgain(); }
});
if (document.documentElement.dataset.offline) {
  try { manifold = JSON.parse(localStorage.getItem(SNAPSHOT)); } catch (broken) { manifold = null; }
}
draw();
outbox.ready.then(() => offline.ready).then(() => { if (outbox.waiting(FLOOR).length) { countIn(); } });
setInterval(draw, REDRAW);
setInterval(refresh, REDRAW);
document.addEventListener('visibilitychange', () => { if (!document.hidden) { refresh(); } });
