/* What the floor page decides without a browser: which text is which bottle, where the next bottle goes,
   what a typed amount is. The numbers come from the server with the page. Tested by tests/js/. */

/* What two readings of one label have in common: the last part of an address, without blanks and hyphens. */
export function key(text) { return text.toUpperCase().replace(/[\s-]/g, '').split('/').pop(); }

export function kg(grams) { return (grams / 1000).toFixed(grams % 100 ? 2 : 1) + ' kg'; }

/* Grams or kilopascals of a number as it is typed, in kg or MPa; null for what no scale or gauge shows. */
export function amount(text, most) {
  const plain = text.trim().replace(',', '.'), number = /^\d+(\.\d{1,3})?$/.test(plain) ? Number(plain) : 0;
  return number > 0 && number <= most ? Math.round(number * 1000) : null;
}

/* The next free scale of the same gas after this one; this one where all are taken. */
export function nextBay(bays, fills, place) {
  const taken = new Set(fills.map((fill) => fill.bay));
  for (let step = 1; step <= bays.length; step += 1) {
    const other = (place + step) % bays.length;
    if (!taken.has(bays[other].bay) && bays[other].gas === bays[place].gas) { return other; }
  }
  return place;
}

/* Where a received bottle goes (收瓶): `piles` says which reason means which pile, the first one first; any
   other refusal is looked into. */
export function pile(answer, piles) {
  if (answer.allowed) { return 'good'; }
  const codes = new Set(refusals(answer.reasons).map((reason) => reason.code));
  const named = piles.find(([code]) => codes.has(code));
  return named ? named[1] : 'inspect';
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

/* The same answer to every item. */
export function answers(items, failed) {
  const marks = {};
  items.forEach((item) => { marks[item] = item !== failed; });
  return marks;
}

export function bottleName(piece) {
  return piece ? [piece.own_number, piece.serial || piece.code, piece.model].filter(Boolean).join(' · ') : '';
}
