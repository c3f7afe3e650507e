/* How the floor page shows things: the verdict, the checks, the weighing, the tiles. It decides nothing. */
import { bottleName, kg, minutesSince, plain, refusals } from './fill-rules.js';

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

/* The big answer: true, false, or null for wait. The first refusal is what is spoken. */
export function verdict(allowed, detail, reasons) {
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
  if (allowed !== null) {
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

export function checks(fill) {
  const box = part('checks');
  const where = fill.bay ? ' → ' + fill.bay : '';
  box.querySelector('[data-bottle]').textContent = bottleName(fill.piece) + where;
  offer(box, 'fault', fill.items);
  panel.appendChild(box);
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
  const box = part('weigh'), where = fill.bay ? ' · ' + fill.bay : '';
  const mark = fill.checked ? '' : ' · ' + words.textUnchecked;
  const highest = unit === 'kg' && fill.max_gross_g ? words.textHighest + ' ' + kg(fill.max_gross_g) : '';
  box.querySelector('[data-bottle]').textContent = bottleName(fill.piece) + where + mark;
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

export function add(template, first) { panel.insertBefore(part(template), first ? panel.firstChild : null); }

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) { made.className = className; }
  return made;
}

/* One tile per scale: what stands there, since when (late after so many minutes), whether it is next. */
export function tiles(stations, fills, next, lateAfter) {
  bays.textContent = '';
  stations.forEach((station, place) => {
    const here = fills.filter((fill) => fill.bay === station.bay);
    const item = document.createElement('li'), tile = element('button', '', 'tile');
    tile.type = 'button';
    tile.dataset.bay = place;
    tile.setAttribute('aria-pressed', place === next ? 'true' : 'false');
    tile.classList.toggle('is-next', place === next);
    tile.classList.toggle('is-open', here.length > 0);
    tile.appendChild(element('span', station.bay + ' · ' + station.gas, 'tile-name'));
    if (!here.length) { tile.appendChild(element('small', words.textFree)); }
    here.forEach((fill) => {
      const minutes = minutesSince(fill.since, Date.now());
      const unchecked = fill.checked ? '' : ' · ' + words.textUnchecked;
      const mark = fill.state === 'overfilled' ? ' · ' + words.textOver : unchecked;
      if (minutes >= lateAfter) { tile.classList.add('is-late'); }
      if (fill.state === 'overfilled') { tile.classList.add('is-bad'); }
      tile.appendChild(element('div', words.textMinutes.replace('{n}', minutes), 'tile-big'));
      tile.appendChild(element('small', bottleName(fill.piece) + mark));
    });
    item.appendChild(tile);
    bays.appendChild(item);
  });
}
