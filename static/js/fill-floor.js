/* 扫码 at the scale. The bottle's state decides what its scan opens: verdict and look-over, then weighing;
   nobody chooses a screen. The next free scale is where the next bottle goes; a tap on a tile chooses
   another. Messages go through the outbox, in order. */
import * as rules from './fill-rules.js';
import * as view from './fill-view.js';
import { askForPhoto } from './fill-photo.js';
import * as outbox from './outbox.js';
import { FLOOR } from './outbox-rules.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
const config = JSON.parse(words.config), bays = config.bays;
const enrolment = root.querySelector('[data-enrol]'), box = document.querySelector('[data-scan-box]');
const REDRAW = 15000;
// The open bottles by the id of their fill, and which text was read on which.
const fills = new Map(), fillOfText = new Map();
let next = 0, mode = 'fill', current = null, delivery = null, whose = '', inputs = [], again = '';

function now() { return new Date().toISOString(); }
function openFills() { return Array.from(fills.values()); }
function draw() {
  root.querySelector('[data-bays]').hidden = !outbox.tokenOf('');
  view.tiles(bays, openFills(), next, config.unfinished_minutes);
}
function toBox() { box.focus({ preventScroll: true }); }
function count(name, by) {
  const place = document.querySelector('[data-count="' + name + '"]');
  place.textContent = Number(place.textContent) + by;
}

/* `queues`: whether this kind of message may say that it waited. Whoever stood before the page has seen the
   answer; what was answered long after stays on the list until somebody looked. */
function send(method, path, json, queues, act) {
  outbox.send({ lane: FLOOR, method: method, path: path, json: json, queues: queues }).then((answer) => {
    act(answer);
    if (!answer.message.tries) { outbox.dismiss(answer.message); }
  });
}

function isRefused(answer) {
  if (answer.status < 400) { return false; }
  view.verdict(null, rules.words(answer.json).all, []);
  return true;
}

/* Scans; `why` says why a bottle that was filled just now is filled again. */
function scanned(text, why) {
  if (!outbox.tokenOf('')) { enrolment.hidden = false; return; }
  if (mode === 'receive') { receive(text); return; }
  const known = fills.get(fillOfText.get(rules.key(text))), bay = known || bays[next];
  current = null;
  view.verdict(null, '', []);
  toBox();
  const scan = { scan_id: outbox.uuid(), code: text, gas: bay.gas, bay: bay.bay, happened_at: now() };
  if (why) { scan.reason = why; }
  send('POST', '/fills', scan, true, (answer) => {
    if (!isRefused(answer)) { judged(answer.json, bay, text); }
  });
}

function judged(scan, bay, text) {
  const known = fills.get(scan.fill_id), piece = scan.equipment;
  current = known || {
    fill_id: scan.fill_id, piece: piece, bay: bay.bay, gas: bay.gas, since: Date.now(), state: 'open',
    checked: false, max_gross_g: piece && piece.max_gross_g, tare_g: piece && piece.tare_g,
    working_kpa: piece && piece.working_pressure_kpa
  };
  current.items = scan.checks.filter((item) => item.asked).map((item) => item.code);
  if (!known && scan.allowed) {
    if (rules.isTaken(bay, openFills())) {
      window.tracker.say(words.textTaken.replace('{bay}', bay.bay || bay.gas), true);
    }
    fills.set(scan.fill_id, current);
    fillOfText.set(rules.key(text), scan.fill_id);
    count('open', 1);
    next = rules.nextBay(bays, openFills(), next);
    draw();
  }
  if (known && known.state === 'overfilled') { weigh(); return; }
  if (!scan.allowed) { stopped(scan, text); return; }
  if (known && known.checked) { weigh(); return; }
  view.verdict(true, current.max_gross_g ? highest(current) : '', scan.reasons);
  view.checks(current);
}

function highest(fill) { return words.textHighest + ' ' + rules.kg(fill.max_gross_g); }

/* A red verdict ends in one tap. */
function stopped(scan, text) {
  if (fills.has(scan.fill_id)) { closed(scan.fill_id); }
  count('refused', 1);
  view.verdict(false, rules.bottleName(scan.equipment, text), scan.reasons);
  if (rules.asksWhyAgain(scan.reasons, config.refill)) { again = text; view.add('again'); }
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

/* 收瓶: the first scan begins a delivery; what it holds, the server counts. */
function receive(text) {
  if (!delivery) {
    delivery = { delivery_id: outbox.uuid(), counts: {} };
    const begun = { delivery_id: delivery.delivery_id, happened_at: now() };
    send('POST', '/deliveries', begun, false, isRefused);
  }
  const scan = { scan_id: outbox.uuid(), code: text, delivery_id: delivery.delivery_id, happened_at: now() };
  send('POST', '/scans', scan, true, (answer) => {
    if (isRefused(answer)) { return; }
    view.verdict(answer.json.allowed, rules.bottleName(answer.json.equipment, text), answer.json.reasons);
    sums();
    countDelivery();
  });
}

function sums() {
  view.add('received', true);
  root.querySelectorAll('[data-sort]').forEach((place) => {
    place.textContent = (delivery && delivery.counts[place.dataset.sort]) || 0;
  });
  view.find('[data-delivery]').hidden = !delivery;
  view.find('[data-from-whom]').value = whose;
}

/* What this device is unloading, also after a reload. */
function countDelivery() {
  outbox.request({ method: 'GET', path: '/deliveries/open', owner: '' }).then((answer) => {
    const known = answer.json || {};
    if (answer.status !== 200 || (delivery && known.delivery_id !== delivery.delivery_id)) { return; }
    delivery = known.delivery_id ? known : null;
    const place = view.find('[data-delivery]');
    if (place) {
      place.remove();
      view.find('.counts').remove();
      sums();
    }
  });
}

function closeDelivery() {
  if (!whose.trim()) {
    window.tracker.say(words.textWhose, true);
    view.find('[data-from-whom]').focus();
    return;
  }
  const path = '/deliveries/' + delivery.delivery_id;
  send('PUT', path, { from_whom: whose.trim(), happened_at: now() }, false, (answer) => {
    if (!isRefused(answer)) { window.tracker.say(words.textDelivered); }
  });
  delivery = null;
  whose = '';
  view.clear();
  sums();
  toBox();
}

/* Look-over and weighing */
function unit() { return config.gases[current.gas].weighed ? 'kg' : 'MPa'; }
function postItems() { return config.post[config.gases[current.gas].group]; }
function weigh() { inputs = []; view.weigh(current, unit(), postItems()); net(); }
function net() {
  const typed = view.find('#amount'), grams = rules.amount(typed.value, config.most[unit()]);
  view.net(current, unit() === 'kg' ? grams : null);
}

function looked(checks) {
  const fill = current;
  const message = { checks: checks, happened_at: now() };
  send('PUT', '/fills/' + fill.fill_id + '/checks', message, false, (answer) => {
    if (isRefused(answer) || answer.json.allowed) { return; }
    current = fill;
    stopped({ fill_id: fill.fill_id, reasons: answer.json.reasons, equipment: fill.piece });
  });
}

function passed() {
  current.checked = true;
  looked(rules.answers(current.items));
  view.clear();
  draw();
  toBox();
}

function after(failed) {
  const fill = current, typed = view.find('#amount'), amount = rules.amount(typed.value, config.most[unit()]);
  if (amount === null) {
    const text = typed.value.trim() ? words.textNoAmount.replace('{most}', config.most[unit()] + ' ' + unit())
      : words.textNumber;
    window.tracker.say(text, true);
    typed.focus();
    return;
  }
  const result = { happened_at: now(), post_checks: rules.answers(postItems(), failed) };
  result[unit() === 'kg' ? 'gross_g' : 'pressure_kpa'] = amount;
  fill.typed = '';
  view.verdict(null, '', []);
  send('PUT', '/fills/' + fill.fill_id + '/result', result, true, (answer) => {
    current = fill;
    if (answer.status === 422) { weigh(); }
    if (answer.status === 422 || isRefused(answer)) {
      window.tracker.say(rules.words(answer.json).first, true);
      return;
    }
    done(fill, answer.json);
  });
}

function done(fill, result) {
  if (result.state === 'overfilled') {
    fill.state = 'overfilled';
    const name = rules.bottleName(fill.piece);
    view.verdict(false, [name, words.textOver, highest(fill)].join(' · '), result.reasons);
    draw();
    toBox();
    return;
  }
  closed(fill.fill_id);
  if (result.flags.indexOf('refused_since') >= 0) { window.tracker.say(words.textRefusedSince, true); }
  if (result.state === 'filled') {
    count('filled', 1);
    view.clear();
    window.scanning.sound('yes');
    const net = result.net_g ? ' · ' + words.textNet + ' ' + rules.kg(result.net_g) : '';
    window.tracker.say(words.textDone + net);
  } else {
    current = fill;
    view.verdict(false, rules.bottleName(fill.piece) + ' · ' + result.state_text, result.reasons);
    view.add('treatments');
  }
  toBox();
}

function closed(fillId) {
  fills.delete(fillId);
  fillOfText.forEach((id, text) => { if (id === fillId) { fillOfText.delete(text); } });
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
  const fillId = current.fill_id;
  const message = { treatment: treatment, happened_at: now() };
  const text = treatment === 'treated' ? words.textTreated : words.textKept;
  send('POST', '/fills/' + fillId + '/treatment', message, false, (answer) => {
    if (!isRefused(answer)) { window.tracker.say(text); }
  });
  view.clear();
  if (treatment === 'wrong_file') { askForPhoto(fillId); }
  toBox();
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
  const here = openFills().find((fill) => fill.bay === bays[place].bay);
  if (here) { current = here; weigh(); return; }
  next = place;
  draw();
  toBox();
}

/* Taps */
const TAPS = {
  '[data-mode]': choose,
  '[data-bay]': (tile) => chooseBay(Number(tile.dataset.bay)),
  '[data-again]': (button) => scanned(again, button.dataset.again),
  '[data-pass]': passed,
  '[data-fault]': (button) => looked({ [button.dataset.fault]: button.dataset.refusal }),
  '[data-after]': (button) => after(button.dataset.after),
  '[data-close-delivery]': closeDelivery,
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
  if (event.target.hasAttribute('data-from-whom')) { whose = event.target.value; }
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
      restore();
      toBox();
    });
  });
}

/* What stands on the scales, after a reload or on another screen. */
function restore() {
  if (!outbox.tokenOf('')) { enrolment.hidden = false; return; }
  outbox.request({ method: 'GET', path: '/fills/open', owner: '' }).then((answer) => {
    if (answer.status === 401) { localStorage.removeItem('device_token'); enrolment.hidden = false; return; }
    if (!answer.json || !answer.json.fills) { draw(); return; }
    answer.json.fills.forEach((fill) => {
      // one that was scanned while this answer was on its way stays the same fill, with what was tapped on it
      const piece = { own_number: fill.own_number, serial: fill.serial, code: fill.code };
      const here = fills.get(fill.fill_id) || { piece: piece, items: [] };
      fills.set(fill.fill_id, Object.assign(here, {
        fill_id: fill.fill_id, bay: fill.bay, gas: fill.gas, since: Date.parse(fill.since), state: fill.state,
        checked: here.checked || fill.checked, max_gross_g: fill.max_gross_g, tare_g: fill.tare_g
      }));
      if (fill.code) { fillOfText.set(rules.key(fill.code), fill.fill_id); }
    });
    if (openFills().some((fill) => fill.bay === bays[next].bay)) {
      next = rules.nextBay(bays, openFills(), next);
    }
    ['filled', 'refused', 'open'].forEach((name) => {
      document.querySelector('[data-count="' + name + '"]').textContent = answer.json.counts[name];
    });
    draw();
  });
}

/* What an earlier page left waiting opens bottles that this one has not heard of. */
let leftWaiting = false;
outbox.ready.then(() => { leftWaiting = outbox.length() > 0; });
outbox.watch((event) => {
  const message = event.message && event.message.lane === FLOOR ? event.message : null;
  if (leftWaiting && !outbox.length()) { leftWaiting = false; restore(); }
  const isWaitingScan = message && event.type !== 'answered' && /^\/(fills|scans)$/.test(message.path);
  if (isWaitingScan) { view.verdict(null, words.textUnsent, []); }
  if (message && event.type === 'answered' && message.tries) {
    document.querySelector('[data-outbox]').open = true;  // every verdict of the outage, with its bottle
  }
  if (message && event.response && event.response.status === 401) { enrolment.hidden = false; }
});
draw();
restore();
setInterval(draw, REDRAW);
