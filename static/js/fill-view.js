/* How the floor page shows things: the verdict, the checks, the weighing, the tiles. It decides nothing. */
import { bottleName, byNumber, kg, minutesSince, plain, refusals, stands } from './fill-rules.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
const panel = root.querySelector('[data-panel]'), bays = root.querySelector('[data-bays]');
const icons = (document.querySelector('.icon use').getAttribute('href') || '').split('#')[0];

function part(name) {
  return document.importNode(root.querySelector('template[data-of="' + name + '"]').content, true);
}

export function find(selector) { return panel.querySelector(selector); }

export function clear() {
  panel.textContent = '';
  root.classList.remove('is-busy', 'is-weighing');
}

/* On a small screen what is asked now takes the place of everything else. */
function busy() {
  root.classList.add('is-busy');
  panel.scrollIntoView({ block: 'start' });
}

const LOOKS = {
  wait: { shape: 'hourglass', text: words.textWait },
  yes: { shape: 'check', text: words.textMay },
  no: { shape: 'x', text: words.textMayNot }
};

/* Over what stands there: this bottle was scanned just now. False where nothing stands there. */
export function again(name) {
  const before = find('[data-again-scan]');
  if (before) { before.remove(); }
  if (!panel.firstChild) { return false; }
  const text = document.querySelector('form[data-scan]').dataset.textAgain.replace('{code}', name);
  const told = element('p', text, 'fill-again');
  told.dataset.againScan = '';
  panel.insertBefore(told, panel.firstChild);
  panel.scrollIntoView({ block: 'start' });
  return true;
}

/* The big answer: true, false, or null for wait. The first refusal is what is spoken; `isOld`: it was
   already. */
export function verdict(allowed, detail, reasons, isOld) {
  clear();
  const box = part('verdict'), kind = allowed === null ? 'wait' : allowed ? 'yes' : 'no', look = LOOKS[kind];
  box.querySelector('[data-box]').className = 'answer answer-' + kind;
  box.querySelector('[data-shape]').setAttribute('href', icons + '#' + look.shape);
  box.querySelector('[data-words]').textContent = look.text;
  box.querySelector('[data-detail]').textContent = detail || '';
  box.querySelector('[data-detail]').hidden = !detail;
  reasons.forEach((reason) => {
    const cited = [reason.citation.document, reason.citation.clause].filter(Boolean).join(' ');
    const warning = reason.effect === 'warn' ? words.textWarn + ' ' : '';
    const doubt = reason.citation.verified ? '' : ' · ' + words.textUnverified;
    const item = element('li', warning + reason.code + ' ' + reason.text);
    item.appendChild(element('small', cited + doubt));
    box.querySelector('[data-reasons]').appendChild(item);
  });
  panel.appendChild(box);
  busy();
  if (allowed !== null && !isOld) {
    const first = refusals(reasons)[0];
    window.scanning.sound(kind);
    const spoken = first ? plain(first.text) + '，' + look.text : look.text;
    window.scanning.speak(spoken);
  }
}

/* A fault is offered where its item is one of the bottle's: another item's answer would count for nothing. */
function offer(box, name, items) {
  box.querySelectorAll('[data-' + name + ']').forEach((button) => {
    button.hidden = Boolean(button.dataset[name]) && items.indexOf(button.dataset[name]) < 0;
  });
}

export function checks(fill, group) {
  const box = part('checks');
  box.querySelector('[data-bottle]').textContent = bottleName(fill.piece);
  offer(box, 'fault', fill.items);
  box.querySelectorAll('[data-groups]').forEach((button) => {
    const groups = button.dataset.groups.split(' ');
    if (button.dataset.groups && groups.indexOf(group) < 0) { button.hidden = true; }
  });
  panel.appendChild(box);
}

/* One scale to tap: free, or what stands on it and since when. */
function scaleButton(station, place, here) {
  const button = element('button', station.bay || station.gas, 'big');
  button.type = 'button';
  button.dataset.move = place;
  const since = here && words.textMinutes.replace('{n}', minutesSince(here.since, Date.now()));
  const who = here ? words.textOccupied + ' · ' + bottleName(here.piece) + ' · ' + since : words.textFree;
  button.appendChild(element('small', who));
  return button;
}

/* On which scale this bottle stands, and where else it may go: a taken one is shown and not offered. */
export function scale(fill, stations, fills) {
  const head = find('[data-scales]'), list = find('[data-scale-list]');
  const same = stations.filter((station) => station.gas === fill.gas);
  head.hidden = same.length < 2;
  head.setAttribute('aria-expanded', 'false');
  find('[data-scale]').textContent = fill.bay;
  list.hidden = true;
  list.textContent = '';
  same.forEach((station) => {
    const other = fills.find((one) => one !== fill && stands(station, one)), isHere = stands(station, fill);
    const button = scaleButton(station, stations.indexOf(station), other);
    if (isHere) { button.lastChild.textContent = words.textHere; }
    button.setAttribute('aria-pressed', isHere ? 'true' : 'false');
    button.disabled = Boolean(other) && !isHere;
    list.appendChild(button);
  });
}

export function unfoldScales() {
  const head = find('[data-scales]'), list = find('[data-scale-list]');
  list.hidden = !list.hidden;
  head.setAttribute('aria-expanded', list.hidden ? 'false' : 'true');
}

/* The scale is taken: by whom, and where this bottle goes instead. */
export function taken(fill, other, stations, fills) {
  const box = part('taken'), list = box.querySelector('[data-scale-list]');
  const minutes = words.textMinutes.replace('{n}', minutesSince(other.since, Date.now()));
  const where = words.textTaken.replace('{bay}', fill.bay || fill.gas).replace('{minutes}', minutes);
  box.querySelector('[data-taken]').textContent = where.replace('{bottle}', bottleName(other.piece));
  box.querySelector('[data-bottle]').textContent = bottleName(fill.piece);
  box.querySelector('[data-weigh]').dataset.weigh = other.fill_id;
  box.querySelector('[data-weigh] span').textContent += ' ' + bottleName(other.piece);
  stations.forEach((station, place) => {
    const here = fills.find((one) => one !== fill && stands(station, one));
    if (station.gas !== fill.gas || here) { return; }
    list.appendChild(scaleButton(station, place, null));
  });
  const stay = box.querySelector('[data-move=""]');
  stay.dataset.move = stations.findIndex((station) => stands(station, fill));
  stay.querySelector('span').textContent += ' ' + (fill.bay || fill.gas);
  panel.appendChild(box);
}

/* A bottle of another gas: the scales of that gas, or that nobody has set one up. */
export function elsewhere(gas, stations, places) {
  if (!places.length) {
    panel.appendChild(element('p', words.textNoScale.replace('{gas}', gas), 'fill-note'));
    return;
  }
  add('elsewhere');
  const list = find('[data-there-list]');
  places.forEach((place) => {
    const name = [stations[place].bay, gas].filter(Boolean).join(' · ');
    const button = element('button', words.textThere.replace('{bay}', name), 'big big-main big-wide');
    button.type = 'button';
    button.dataset.there = place;
    list.appendChild(button);
  });
}

/* kg: tare, the most it may show, and the net of what is typed; MPa: what it is built for. */
export function net(fill, grams) {
  const place = find('[data-net-weight]');
  const netto = grams !== null && fill.tare_g ? grams - fill.tare_g : null;
  place.textContent = netto === null ? '' : words.textNet + ' ' + kg(netto);
  place.classList.toggle('is-over', Boolean(fill.max_gross_g) && grams !== null && grams > fill.max_gross_g);
}

export function weigh(fill, unit, items) {
  clear();
  const box = part('weigh');
  const mark = fill.checked ? '' : ' · ' + words.textUnchecked;
  const highest = unit === 'kg' && fill.max_gross_g ? words.textHighest + ' ' + kg(fill.max_gross_g) : '';
  box.querySelector('[data-bottle]').textContent = bottleName(fill.piece) + mark;
  const tare = unit === 'kg' && fill.tare_g ? words.textTare + ' ' + kg(fill.tare_g) : '';
  const built = unit === 'MPa' && fill.working_kpa
    ? words.textWorking + ' ' + fill.working_kpa / 1000 + ' MPa' : '';
  box.querySelector('[data-highest]').textContent = highest || built;
  box.querySelector('[data-tare]').textContent = tare;
  box.querySelector('[data-amount-label]').textContent = unit === 'kg' ? words.textGross : words.textPressure;
  box.querySelector('[data-unit]').textContent = unit;
  offer(box, 'after', items);
  box.querySelector('[data-void]').hidden = fill.state === 'overfilled';
  panel.appendChild(box);
  root.classList.add('is-weighing');
  find('#amount').value = fill.typed || '';
  find('#amount').focus({ preventScroll: true });
  busy();
}

/* A bottle that was found by its number: its label may have fallen off, one tap from here. */
export function fellOff(piece, text) {
  if (!byNumber(piece, text) || !root.querySelector('template[data-of="fell-off"]')) { return; }
  const box = part('fell-off'), link = box.querySelector('[data-fell-off]');
  link.href += '?off=1&equipment=' + encodeURIComponent(piece.id);
  panel.appendChild(box);
}

export function add(template, first) { panel.insertBefore(part(template), first ? panel.firstChild : null); }

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) { made.className = className; }
  return made;
}

/* A bay with a gauge fills many bottles at once on a page of its own. */
function manifoldLink(station) {
  const [idle, runs] = station.vehicle
    ? [words.textVehicle, words.textVehicleRuns]
    : [words.textManifold, words.textManifoldRuns];
  const text = station.running ? runs : idle;
  const link = element('a', text, 'big tile-manifold');
  link.href = station.manifold;
  link.classList.toggle('big-main', station.running);
  return link;
}

/* One tile per scale: what stands there, since when (late after so many minutes), whether it is next. */
export function tiles(stations, fills, next, lateAfter) {
  bays.textContent = '';
  stations.forEach((station, place) => {
    const here = fills.filter((fill) => stands(station, fill));
    const item = document.createElement('li'), tile = element('button', '', 'tile');
    tile.type = 'button';
    tile.dataset.bay = place;
    tile.setAttribute('aria-pressed', place === next ? 'true' : 'false');
    tile.classList.toggle('is-next', place === next);
    tile.classList.toggle('is-open', here.length > 0);
    tile.appendChild(element('span', [station.bay, station.gas].filter(Boolean).join(' · '), 'tile-name'));
    if (!here.length && !station.running) { tile.appendChild(element('small', words.textFree)); }
    here.forEach((fill) => {
      const minutes = minutesSince(fill.since, Date.now());
      const unchecked = fill.checked ? '' : ' · ' + words.textUnchecked;
      const until = fill.rests_until && new Date(fill.rests_until);
      if (until && until > Date.now()) {
        const at = until.toTimeString().slice(0, 5);
        tile.appendChild(element('small', words.textRestsUntil.replace('{at}', at)));
      }
      const mark = fill.state === 'overfilled' ? ' · ' + words.textOver : unchecked;
      if (minutes >= lateAfter) { tile.classList.add('is-late'); }
      if (fill.state === 'overfilled') { tile.classList.add('is-bad'); }
      tile.appendChild(element('div', words.textMinutes.replace('{n}', minutes), 'tile-big'));
      tile.appendChild(element('small', bottleName(fill.piece) + mark));
    });
    item.appendChild(tile);
    if (station.manifold) { item.appendChild(manifoldLink(station)); }
    bays.appendChild(item);
  });
}
