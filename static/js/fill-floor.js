/* 扫码 at the scale. The bottle's state decides what its scan opens: verdict and look-over, then weighing;
   nobody chooses a screen. The next free scale is where the next bottle goes; a tap on a tile, or on the
   scale beside the bottle, chooses another. Messages go through the outbox, in order. */
import { closeDelivery, countDelivery, receive, sums } from './fill-delivery.js';
import * as rules from './fill-rules.js';
import * as view from './fill-view.js';
import { scalesOf } from './fill-scales.js';
import * as beside from './fill-extra.js';
import { askSecond } from './fill-second.js';
import * as offline from './fill-offline.js';
import { age, isRefused, now, send } from './fill-send.js';
import { offerLabel } from './fill-label.js';
import { treat } from './fill-treatment.js';
import * as outbox from './outbox.js';
import { FLOOR } from './outbox-rules.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
const config = JSON.parse(words.config), scales = scalesOf(config.bays), bays = scales.bays;
const enrolment = root.querySelector('[data-enrol]'), box = document.querySelector('[data-scan-box]');
const REDRAW = 15000, ASK_AGAIN = 60000;
// The open bottles by the id of their fill, and which text was read on which.
const fills = new Map(), fillOfText = new Map();
let mode = 'fill', current = null, inputs = [], again = '';
// The scan whose verdict somebody waits for, and the ids of those that the list has judged.
let asked = null;
const byList = new Set();

function openFills() { return Array.from(fills.values()); }
function draw() { scales.draw(openFills(), config.unfinished_minutes); }
function showScale() { view.scale(current, bays, openFills()); }
function toBox() { box.focus({ preventScroll: true }); }
function count(name, by) {
  const place = document.querySelector('[data-count="' + name + '"]');
  place.textContent = Number(place.textContent) + by;
}

/* Scans; `why` says why a bottle that was filled just now is filled again. */
function scanned(text, why) {
  if (!outbox.tokenOf('')) { enrolment.hidden = false; return; }
  if (mode === 'receive') { receive(text); return; }
  const known = fills.get(fillOfText.get(rules.key(text))), bay = known || scales.next();
  current = null;
  view.verdict(null, '', []);
  toBox();
  const scan = { scan_id: outbox.uuid(), code: text, gas: bay.gas, bay: bay.bay, happened_at: now() };
  if (why) { scan.reason = why; }
  asked = { scan: scan, text: text, bay: bay };
  if (offline.isOffline()) { askList(asked); }
  send('POST', '/fills', scan, true, (answer) => {
    if (byList.has(scan.scan_id)) { heardLater(answer, scan); return; }
    asked = null;
    if (!isRefused(answer)) { judged(answer.json, bay, text); }
  });
}

/* Nobody answers: the list says what may be filled. What it lets goes to the server with the list's word. */
function askList(question) {
  const known = fills.get(fillOfText.get(rules.key(question.text)));
  asked = null;
  if (known) {  // it stands on a scale here already: its scan opens what comes next
    byList.add(question.scan.scan_id);
    const items = known.items.map((code) => ({ code: code, asked: true }));
    const again = { fill_id: known.fill_id, allowed: true, equipment: known.piece, reasons: [] };
    judged(Object.assign(again, { checks: items }), question.bay, question.text);
    return null;
  }
  const said = offline.byList(question.scan, question.text);
  if (!said.isJudged) {  // there is no list to go by: red, until the server has answered
    view.verdict(false, rules.bottleName(null, question.text), said.answer.reasons);
    return null;
  }
  byList.add(question.scan.scan_id);
  if (said.passed) { question.scan.passed = said.passed; }
  judged(said.answer, question.bay, question.text);
  return said.passed;
}

/* The server's word on a bottle that the list had judged: a no is told, and stays on the outbox's list. */
function heardLater(answer, scan) {
  const fill = fills.get(scan.scan_id);
  if (fill) { fill.by_list = false; }
  if (answer.status < 400 && answer.json.allowed) { return; }
  const name = rules.bottleName(fill && fill.piece, scan.code);
  window.tracker.say(name + ' · ' + words.textPassNo, true);
}

function judged(scan, bay, text) {
  const known = fills.get(scan.fill_id), piece = scan.equipment;
  current = known || {
    fill_id: scan.fill_id, piece: piece, bay: bay.bay, gas: bay.gas, since: Date.now(), state: 'open',
    checked: false, max_gross_g: piece && piece.max_gross_g, tare_g: piece && piece.tare_g,
    working_kpa: piece && piece.working_pressure_kpa, limit: piece && piece.max_pressure,
    by_list: byList.has(scan.fill_id)
  };
  current.reasons = scan.reasons;
  current.items = scan.checks.filter((item) => item.asked).map((item) => item.code);
  const other = openFills().find((fill) => fill !== known && rules.stands(bay, fill));
  if (!known && scan.allowed) {
    fills.set(scan.fill_id, current);
    fillOfText.set(rules.key(text), scan.fill_id);
    count('open', 1);
    draw();
  }
  if (known && known.state === 'overfilled') { weigh(); return; }
  if (!scan.allowed) { stopped(scan, text, bay); view.fellOff(piece, text); return; }
  if (known && known.checked) { weigh(); return; }
  view.verdict(true, current.max_gross_g ? highest(current) : '', scan.reasons);
  if (!known && other) { view.taken(current, other, bays, openFills()); } else { lookOver(); }
  view.fellOff(piece, text);
}

function lookOver() {
  view.checks(current, group());
  showScale();
}

function highest(fill) { return words.textHighest + ' ' + rules.kg(fill.max_gross_g); }

/* A red verdict ends in one tap. */
function stopped(scan, text, bay) {
  if (fills.has(scan.fill_id)) { closed(scan.fill_id); }
  count('refused', 1);
  view.verdict(false, rules.bottleName(scan.equipment, text), scan.reasons);
  again = text;
  if (rules.asksWhyAgain(scan.reasons, config.refill)) { view.add('again'); }
  const places = bay ? rules.placesFor(bays, bay.gas, scan.equipment, scan.reasons) : null;
  if (places && (places.length || config.licensed.indexOf(scan.equipment.medium) >= 0)) {
    view.elsewhere(scan.equipment.medium, bays, places);
  }
  if (scan.fill_id && rules.mayOverride(scan.reasons, config.overridable)) { view.add('override'); }
  view.add(scan.fill_id ? 'treatments' : 'aside');
  const bind = view.find('[data-bind]'), treated = view.find('[data-treatment="treated"]');
  if (bind && !scan.takes_label) { bind.hidden = true; }
  if (bind && text) { bind.href += '?code=' + encodeURIComponent(text); }
  if (treated) { treated.hidden = !scan.reasons.some((reason) => reason.effect === 'treat'); }
  const ring = view.find('[data-ring]');
  if (ring && scan.asks_for_ring) {
    ring.href = '/dues/' + scan.equipment.id + '/ring?back=floor';
    ring.hidden = false;
  }
}

/* Look-over and weighing */
function unit() { return config.gases[current.gas].weighed ? 'kg' : 'MPa'; }
function postItems() { return config.post[group()]; }
function weigh() {
  inputs = [];
  view.weigh(current, unit(), postItems());
  beside.showExtra(current, unit());
  showScale();
  net();
}
function net() {
  const typed = view.find('#amount'), grams = rules.amount(typed.value, config.most[unit()]);
  view.net(current, unit() === 'kg' ? grams : null);
}

function group() { return config.gases[current.gas].group; }
function looked(checks) {
  const fill = current, path = '/fills/' + fill.fill_id + '/checks';
  const message = { checks: checks, happened_at: now() };
  fill.faults = Object.keys(checks).filter((item) => checks[item] !== true);
  const answered = (json) => {
    fill.checked = fill.checked || json.allowed;
    draw();
    if (json.allowed) { return; }
    current = fill;
    fill.reasons = json.reasons;
    stopped({ fill_id: fill.fill_id, reasons: json.reasons, equipment: fill.piece });
  };
  const kept = () => answered(offline.looked(checks));
  if (config.checked_by_another.indexOf(group()) >= 0) {
    askSecond({ method: 'PUT', path: path, json: message, field: 'checker', done: answered, kept: kept });
    return true;
  }
  if (offline.isOffline()) {
    send('PUT', path, message, true, () => undefined);
    kept();
    return false;
  }
  send('PUT', path, message, true, (answer) => { if (!isRefused(answer)) { answered(answer.json); } });
  return false;
}

function passed() {
  const fill = current;
  if (looked(rules.answers(current.items))) { return; }
  fill.checked = true;
  view.clear();
  draw();
  toBox();
}

function after(failed) {
  const fill = current, typed = view.find('#amount'), amount = rules.amount(typed.value, config.most[unit()]);
  const inKg = unit() === 'kg' ? rules.kgOfGrams(typed.value, fill.max_gross_g) : null;
  if (amount === null || inKg !== null) {
    window.tracker.say(noAmount(typed.value.trim(), inKg), true);
    typed.focus();
    return;
  }
  const more = beside.extra(fill, unit());
  if (more.fault) { window.tracker.say(more.fault, true); return; }
  const result = Object.assign({ happened_at: now(), result_id: outbox.uuid() }, more.values);
  result.post_checks = rules.answers(postItems(), failed);
  result[unit() === 'kg' ? 'gross_g' : 'pressure_kpa'] = amount;
  if (beside.isWeighedAgain(fill) && !failed) {
    beside.reweigh(fill, result, (whole, json, isKept) => {
      if (json || isKept) { done(fill, json || said(fill, whole)); } else { tell(fill, whole); }
    });
    return;
  }
  if (config.rechecked_by_another.indexOf(group()) >= 0) {
    const path = '/fills/' + fill.fill_id + '/result', ended = (json) => done(fill, json);
    const kept = () => done(fill, said(fill, result));
    askSecond({ method: 'PUT', path: path, json: result, field: 'rechecker', done: ended, kept: kept });
    return;
  }
  tell(fill, result);
}

/* What came out, said without the server. */
function said(fill, result) {
  const isWeighed = config.gases[fill.gas].weighed;
  const amount = isWeighed ? result.gross_g : result.pressure_kpa;
  const isFine = Object.keys(result.post_checks).every((item) => result.post_checks[item]);
  return offline.outcome(fill, amount, isWeighed ? 'kg' : 'MPa', isFine);
}

function tell(fill, result) {
  fill.typed = '';
  if (offline.isOffline()) {
    send('PUT', '/fills/' + fill.fill_id + '/result', result, true, () => undefined);
    done(fill, said(fill, result));
    return;
  }
  view.verdict(null, '', []);
  send('PUT', '/fills/' + fill.fill_id + '/result', result, true, (answer) => {
    current = fill;
    if (answer.status === 422 && answer.json.fields && answer.json.fields.empty_g && !result.below_tare) {
      beside.belowTare(fill, answer.json.fields.empty_g, () => {
        tell(fill, Object.assign({}, result, { below_tare: true, result_id: outbox.uuid() }));
      });
      return;
    }
    if (answer.status === 422) { weigh(); }
    if (answer.status === 422 || isRefused(answer)) {
      window.tracker.say(rules.words(answer.json).first, true);
      return;
    }
    done(fill, answer.json);
  });
}

/* 人工放行: where the bureau has opened it, a second person stands for it; then it goes on as any other: what
   was not looked at yet because of the fault is looked at now, the fault stays as it was seen. */
function letThrough(reason) {
  const fill = current, json = { reason: reason, happened_at: now() };
  const goOn = (answer) => {
    current = Object.assign(fill, { state: 'open', reasons: answer.reasons });
    fills.set(fill.fill_id, fill);
    count('open', 1);
    count('refused', -1);
    draw();
    view.verdict(true, fill.max_gross_g ? highest(fill) : '', answer.reasons);
    fill.items = fill.items.filter((item) => (fill.faults || []).indexOf(item) < 0);
    if (fill.items.length) { lookOver(); } else { fill.checked = true; }
  };
  const path = '/fills/' + fill.fill_id + '/override';
  askSecond({ method: 'POST', path: path, json: json, field: 'second', done: goOn });
}

/* Acetylene: a step is over, the bottle rests with closed valve. */
function rest() {
  const fill = current, typed = view.find('#amount').value, grams = rules.amount(typed, config.most.kg);
  if (grams === null) { window.tracker.say(noAmount(typed.trim(), null), true); return; }
  const step = { step_id: outbox.uuid(), happened_at: now(), gross_g: grams };
  send('POST', '/fills/' + fill.fill_id + '/steps', step, false, (answer) => {
    if (isRefused(answer)) { return; }
    fill.rests_until = answer.json.rests_until;
    fill.typed = '';
    draw();
    window.tracker.say(words.textRests);
  });
  view.clear();
  toBox();
}

/* What was typed, and what is expected. */
function noAmount(typed, inKg) {
  if (!typed) { return words.textNumber; }
  const most = config.most[unit()] + ' ' + unit();
  const text = inKg === null ? words.textNoAmount : words.textGrams.replace('{kg}', inKg);
  return text.split('{typed}').join(typed).replace('{unit}', unit()).replace('{most}', most);
}

function done(fill, result) {
  if (result.state === 'overfilled') {
    fill.state = 'overfilled';
    const name = rules.bottleName(fill.piece);
    const most = fill.max_gross_g ? highest(fill) : '';
    view.verdict(false, [name, words.textOver, most].filter(Boolean).join(' · '), result.reasons);
    draw();
    toBox();
    return;
  }
  closed(fill.fill_id);
  if (result.flags.indexOf('refused_since') >= 0) { window.tracker.say(words.textRefusedSince, true); }
  if (result.state === 'filled') {
    offline.noteFilled(fill);
    count('filled', 1);
    view.clear();
    window.scanning.sound('yes');
    const net = result.net_g ? ' · ' + words.textNet + ' ' + rules.kg(result.net_g) : '';
    window.tracker.say(words.textDone + net);
    if (result.release_after) { window.tracker.say(words.textRelease); }
    if (config.label) { offerLabel(result, config.label); }
  } else {
    current = fill;
    fill.reasons = result.reasons;
    const said = [rules.bottleName(fill.piece), result.state_text].filter(Boolean).join(' · ');
    view.verdict(false, said, result.reasons);
    view.add('treatments');
  }
  toBox();
}

function closed(fillId) {
  forget({ fill_id: fillId });
  count('open', -1);
  draw();
}

function voided() {
  send('POST', '/fills/' + current.fill_id + '/void', { happened_at: now() }, false, isRefused);
  closed(current.fill_id);
  view.clear();
  toBox();
}

function treated(treatment) {
  const isForTwo = (current.reasons || []).some((one) => config.treated_by_two.indexOf(one.code) >= 0);
  treat(current, treatment, isForTwo);
  if (!view.find('[data-second]')) { toBox(); }
}

function choose(button) {
  mode = button.dataset.mode;
  root.querySelectorAll('[data-mode]').forEach((each) => {
    each.classList.toggle('is-on', each === button);
    each.setAttribute('aria-pressed', each === button ? 'true' : 'false');
  });
  root.classList.toggle('is-receiving', mode === 'receive');
  view.clear();
  if (mode === 'receive') { sums(); countDelivery(); }
  toBox();
}

/* An occupied scale opens its bottle, a free one is where the next bottle goes. */
function chooseBay(place) {
  const here = openFills().find((fill) => rules.stands(bays[place], fill));
  if (here) { open(here); return; }
  scales.choose(place);
  draw();
  toBox();
}

function open(fill) {
  if (!outbox.tokenOf('')) {
    enrolment.hidden = false;
    window.tracker.say(words.textNoToken, true);
    return;
  }
  current = fill;
  weigh();
}

/* This bottle stands on another scale than the one that was next: before it is looked over, while it is
   weighed, or because that one is taken. */
function moveTo(place) {
  const isAsked = Boolean(view.find('[data-taken-box]')), bay = bays[place].bay;
  if (bay !== current.bay) {
    current.bay = bay;
    const message = { bay: bay, happened_at: now() };
    send('PUT', '/fills/' + current.fill_id + '/bay', message, false, isRefused);
    scales.choose(place);
  }
  draw();
  if (isAsked) {
    view.verdict(true, current.max_gross_g ? highest(current) : '', current.reasons, true);
    lookOver();
  } else { showScale(); }
}

/* Taps */
const TAPS = {
  '[data-mode]': choose,
  '[data-bay]': (tile) => chooseBay(Number(tile.dataset.bay)),
  '[data-scales]': view.unfoldScales,
  '[data-move]': (button) => moveTo(Number(button.dataset.move)),
  '[data-weigh]': (button) => open(fills.get(button.dataset.weigh)),
  '[data-there]': (button) => { scales.choose(Number(button.dataset.there)); scanned(again); },
  '[data-again]': (button) => scanned(again, button.dataset.again),
  '[data-pass]': passed,
  '[data-fault]': (button) => looked({ [button.dataset.fault]: button.dataset.refusal }),
  '[data-after]': (button) => after(button.dataset.after),
  '[data-rest]': rest,
  '[data-override]': (button) => letThrough(button.dataset.override),
  '[data-close-delivery]': () => { if (closeDelivery()) { toBox(); } },
  '[data-void]': voided,
  '[data-treatment]': (button) => treated(button.dataset.treatment),
  '[data-aside]': () => { view.clear(); toBox(); },
  '[data-enrol-phone]': enrol
};

root.addEventListener('click', (event) => {
  const selector = Object.keys(TAPS).find((one) => event.target.closest(one));
  if (!selector) { return; }
  window.scanning.forget();  // after a tap, the same bottle again is meant
  TAPS[selector](event.target.closest(selector));
});

/* A gun may fire while the weight is being typed: its text is a scan, the weight stays. */
root.addEventListener('input', (event) => {
  if (/^(celsius|empty)$/.test(event.target.id)) {
    current[event.target.id] = event.target.value;
    beside.draw(current, unit());
  }
  if (event.target.id !== 'amount') { return; }
  inputs.push({ value: event.target.value, at: performance.now() });
  current.typed = event.target.value;
  net();
});
root.addEventListener('keydown', (event) => {
  const ends = event.key === 'Enter' || event.key === 'Tab';
  if (event.target.id !== 'amount' || !ends || event.isComposing || event.keyCode === 229) { return; }
  const shot = rules.gunShot(inputs, config.longest_amount);
  if (event.key === 'Enter' || shot) { event.preventDefault(); }
  if (!shot) { return; }
  event.target.value = current.typed = shot.amount;
  inputs = [];
  window.scanning.emit(document.querySelector('form[data-scan]'), shot.scan.trim(), 'typed');
});

document.querySelector('form[data-scan]').addEventListener('scan', (event) => {
  event.preventDefault();
  box.value = '';
  scanned(event.detail.text);
});
/* A gun that fires twice scans once; whoever meant it sees that it came, on what stands there already. */
document.querySelector('form[data-scan]').addEventListener('scan-again', (event) => {
  const known = fills.get(fillOfText.get(rules.key(event.detail.text)));
  if (view.again(rules.bottleName(known && known.piece, event.detail.text))) { event.preventDefault(); }
});

function enrol() {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { 'X-CSRFToken': token, Accept: 'application/json' };
  fetch('/floor/phone', { method: 'POST', credentials: 'same-origin', headers: headers }).then((response) => {
    if (!response.ok) { window.tracker.say(document.body.dataset.textRefused, true); return; }
    response.json().then((phone) => {
      outbox.enrolled(phone.token);
      enrolment.hidden = true;
      offline.refresh();
      restore(true);
      toBox();
    });
  });
}

/* What the server knows to stand on the scales. One that was scanned while this answer was on its way stays
   the same fill, with what was tapped on it. */
function adopt(standing) {
  standing.forEach((fill) => {
    const piece = { own_number: fill.own_number, serial: fill.serial, code: fill.code, model: fill.model };
    const here = fills.get(fill.fill_id) || { piece: piece, items: [] };
    fills.set(fill.fill_id, Object.assign(here, {
      fill_id: fill.fill_id, bay: fill.bay, gas: fill.gas, since: Date.parse(fill.since), state: fill.state,
      checked: here.checked || fill.checked, max_gross_g: fill.max_gross_g, tare_g: fill.tare_g,
      working_kpa: fill.working_pressure_kpa, limit: fill.max_pressure, rests_until: fill.rests_until
    }));
    if (fill.code) { fillOfText.set(rules.key(fill.code), fill.fill_id); }
  });
  draw();
}

/* What stands there now, after a reload and every minute: others work at the same scales. What went out
   meanwhile makes the answer too old to take a bottle away. */
function restore(isFirst) {
  if (!outbox.tokenOf('')) { enrolment.hidden = false; return; }
  const before = age();
  outbox.request({ method: 'GET', path: '/fills/open', owner: '' }).then((answer) => {
    if (answer.status === 401) { localStorage.removeItem('device_token'); enrolment.hidden = false; return; }
    const isOld = before !== age() || outbox.length() > 0;
    if (!answer.json || !answer.json.fills || (isOld && !isFirst)) { return; }
    // what hangs on a manifold stands on a page of its own
    answer.json.fills = answer.json.fills.filter((fill) => !fill.manifold_id || fill.state !== 'open');
    const standing = new Set(answer.json.fills.map((fill) => fill.fill_id));
    if (!isOld) { openFills().filter((fill) => !standing.has(fill.fill_id)).forEach(forget); }
    adopt(answer.json.fills);
    ['filled', 'refused', 'open'].forEach((name) => {
      document.querySelector('[data-count="' + name + '"]').textContent = answer.json.counts[name];
    });
  });
}

function forget(fill) {
  fills.delete(fill.fill_id);
  fillOfText.forEach((id, text) => { if (id === fill.fill_id) { fillOfText.delete(text); } });
}

/* Whether the server says of a bottle what the list had said when it was scanned. */
function isAsListed(message, response) {
  return Boolean(message.json && message.json.passed && response.status < 400 && response.json.allowed);
}

/* What an earlier page left waiting opens bottles that this one has not heard of. */
let leftWaiting = false;
outbox.ready.then(() => { leftWaiting = outbox.length() > 0; });
outbox.watch((event) => {
  const message = event.message && event.message.lane === FLOOR ? event.message : null;
  if (leftWaiting && !outbox.length()) { leftWaiting = false; restore(true); }
  const isHeld = message && event.type !== 'answered';
  if (isHeld && asked && asked.scan.scan_id === message.json.scan_id) {
    const passed = askList(asked);
    if (passed) { outbox.supplement(message, { passed: passed }); }
  } else if (isHeld && message.path === '/scans') { view.verdict(null, words.textUnsent, []); }
  if (message && event.type === 'answered' && message.tries && !isAsListed(message, event.response)) {
    document.querySelector('[data-outbox]').open = true;  // a verdict of the outage that is news
  }
  if (message && event.response && event.response.status === 401) { enrolment.hidden = false; }
});
adopt(config.open);
restore(true);
outbox.ready.then(() => {
  openFills().filter((fill) => offline.isFinishedHere(fill.fill_id)).forEach(forget);
  return offline.standing();
}).then((waiting) => {
  waiting.forEach((fill) => {
    fills.set(fill.fill_id, fill);
    byList.add(fill.fill_id);
    fillOfText.set(rules.key(fill.code), fill.fill_id);
  });
  draw();
});
setInterval(draw, REDRAW);
setInterval(() => restore(false), ASK_AGAIN);
document.addEventListener('visibilitychange', () => { if (!document.hidden) { restore(false); } });
