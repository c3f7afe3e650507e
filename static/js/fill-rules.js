/* What the floor page decides without a browser: which text is which bottle, where the next bottle goes,
   what a typed amount is. The numbers come from the server with the page. Tested by tests/js/. */

const GUN_PAUSE = 60, GUN_SHORTEST = 4;

/* What two readings of one label have in common: the last part of an address, without blanks, hyphens and
   what a gun puts around it. Which code a text is, the server says (register/codes.py). */
export function key(text) {
  const plain = half(text).toUpperCase().replace(/^\][A-Z]\w/, '').replace(/%2F/g, '/').replace(/、/g, '/');
  const last = plain.replace(/[?#].*$/, '').replace(/["'*\s-]/g, '').split('/').filter(Boolean).pop() || '';
  const middle = last.length / 2;
  return middle === 15 && last.slice(0, middle) === last.slice(middle) ? last.slice(middle) : last;
}

/* A gun may fire into the box in which a weight is typed. `inputs` are the values of the box, each with its
   instant (ms): {amount, scan} where the last of them came faster than a hand types, null where a hand typed
   it all. */
export function gunShot(inputs, longest) {
  if (!inputs.length) { return null; }
  let place = inputs.length - 1;
  while (place > 0 && inputs[place].at - inputs[place - 1].at < GUN_PAUSE) { place -= 1; }
  const before = place ? inputs[place - 1].value : '', all = inputs[inputs.length - 1].value;
  const scan = all.startsWith(before) ? all.slice(before.length) : all;
  const isAmount = !before && scan.length <= longest && /^\d+([.,]\d*)?$/.test(half(scan));
  return scan.length < GUN_SHORTEST || isAmount ? null : { amount: before, scan: scan };
}

function half(text) { return text.normalize('NFKC'); }

export function kg(grams) { return (grams / 1000).toFixed(grams % 100 ? 2 : 1) + ' kg'; }

/* Grams or kilopascals of a number as it is typed, in kg or MPa, also in full width or with a comma; null for
   what no scale or gauge shows. */
export function amount(text, most) {
  const plain = half(text).trim().replace(',', '.');
  const number = /^\d+(\.\d{1,3})?$/.test(plain) ? Number(plain) : 0;
  return number > 0 && number <= most ? Math.round(number * 1000) : null;
}

const ZERO_C = 273.15, AIR_KPA = 101;

/* The most that a gauge may show at this temperature (tenths of a degree; null where nobody measured it), as
   the server has it (regulation/fill_pressure.py). */
export function mostKpa(limit, tenths) {
  if (!limit.corrected || tenths === null) { return limit.kpa; }
  const share = (ZERO_C + tenths / 10) / (ZERO_C + limit.reference_c);
  const most = Math.trunc((limit.kpa + AIR_KPA) * share - AIR_KPA);
  return limit.capped ? Math.min(most, limit.kpa) : most;
}

const TIMES_FULL = 3;

/* The kilograms of a number that was typed in grams: whole, and as kilograms far more than the bottle weighs
   when full; null for any other. */
export function kgOfGrams(text, fullG) {
  const plain = half(text).trim(), number = /^\d{4,7}$/.test(plain) ? Number(plain) : 0;
  return fullG && number > fullG / 1000 * TIMES_FULL ? number / 1000 : null;
}

/* Whether this bottle stands on that scale; where no scale is on file, one place per gas stands for it. */
export function stands(bay, fill) {
  return fill.bay === bay.bay && (Boolean(bay.bay) || fill.gas === bay.gas);
}

/* Whether a bottle stands on this scale. */
export function isTaken(bay, fills) { return fills.some((fill) => stands(bay, fill)); }

/* The next free scale of the same gas after this one; this one where all are taken. */
export function nextBay(bays, fills, place) {
  for (let step = 1; step <= bays.length; step += 1) {
    const other = (place + step) % bays.length;
    if (!isTaken(bays[other], fills) && bays[other].gas === bays[place].gas) { return other; }
  }
  return place;
}

/* Where the next bottle goes: on the scale that somebody chose (-1: nobody), while it is free; else on this
   one, else on the next free one of its gas. */
export function whereNext(bays, fills, place, chosen) {
  if (chosen >= 0 && !isTaken(bays[chosen], fills)) { return chosen; }
  return isTaken(bays[place], fills) ? nextBay(bays, fills, place) : place;
}

/* The scales for the gas that is in a bottle, where it was refused for standing at another gas: their places,
   none where nobody has set one up; null where that is not the matter. */
export function placesFor(bays, gas, piece, reasons) {
  if (!piece || !piece.medium || piece.medium === gas) { return null; }
  if (!reasons.some((reason) => reason.code === 'R13')) { return null; }
  return bays.map((_bay, place) => place).filter((place) => bays[place].gas === piece.medium);
}

/* The reasons that stand against a fill; a warning does not. */
export function refusals(reasons) { return reasons.filter((reason) => reason.effect !== 'warn'); }

/* Whole minutes since an instant (ms); a clock that runs ahead counts as none. */
export function minutesSince(since, now) { return Math.max(0, Math.floor((now - since) / 60000)); }

/* The server's words about a refusal, all of them or the first. */
export function words(json) {
  const fields = json.fields || {};
  const texts = Object.keys(fields).map((name) => fields[name]).filter(Boolean);
  return { all: texts.join(' ') || json.title || '', first: texts[0] || json.title || '' };
}

/* A spoken reason has no brackets. */
export function plain(text) { return text.replace(/[（(][^（）()]*[）)]\s*$/, ''); }

/* Whether two people may set aside all that stands against a bottle. */
export function mayOverride(reasons, codes) {
  const against = refusals(reasons);
  return against.length > 0 && against.every((reason) => codes.indexOf(reason.code) >= 0);
}

/* Whether a reason is all that a bottle lacks to be filled once more: it was filled a short while ago. */
export function asksWhyAgain(reasons, code) {
  const against = refusals(reasons);
  return against.length > 0 && against.every((reason) => reason.code === code);
}

/* The same answer to every item. */
export function answers(items, failed) {
  const marks = {};
  items.forEach((item) => { marks[item] = item !== failed; });
  return marks;
}

/* What people call a bottle by; of one that is not on file, or is another's, what was read. */
export function bottleName(piece, read) {
  const name = piece ? [piece.own_number, piece.serial || piece.code, piece.model].filter(Boolean) : [];
  return name.join(' · ') || read || '';
}

/* Whether a bottle was named by a number of its own (stamped or painted), not by its label: then the label
   may have come off. */
export function byNumber(piece, text) {
  const read = key(text || '');
  return Boolean(piece && piece.id && piece.code) && read !== piece.code && /^[0-9A-Z]{4,14}$/.test(read);
}
