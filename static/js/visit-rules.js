/* What an item of a checklist still lacks, and what a reading is worth, without a browser: the same answers
   as
   equipment/maintenance/answer_rules.py and equipment/regulation/item_readings.py give, from the same
   numbers.
   A reading is {decimals, unit, atLeast, atMost, usual, found, after}: limits are whole numbers of the
   smallest step, `found` and `after` what was typed. Tested by tests/js/. */

const NUMBER = /^[+-]?\d{1,6}(\.\d*)?$/;

/* The amount that was typed as a whole number of the smallest step; null for nothing, NaN for what is no such
   number. Full-width digits, a decimal comma and the unit are taken. */
export function amountIn(typed, decimals, unit) {
  let text = typed.normalize('NFKC').replace(/。/g, '.').replace(/−/g, '-').trim();
  const named = (unit || '').normalize('NFKC').toLowerCase();
  if (named && text.toLowerCase().endsWith(named)) { text = text.slice(0, -named.length).trim(); }
  text = text.replace(/,/g, '.');
  if (!text) { return null; }
  if (!NUMBER.test(text)) { return NaN; }
  const parts = text.replace(/^[+-]/, '').split('.'), fine = (parts[1] || '').replace(/0+$/, '');
  if (fine.length > decimals) { return NaN; }
  const amount = Number(parts[0] + fine.padEnd(decimals, '0'));
  return text.charAt(0) === '-' && amount ? -amount : amount;
}

/* The amount as it is sent and shown: 70 with one decimal is 7. */
export function numberOf(amount, decimals) {
  const digits = String(Math.abs(amount)).padStart(decimals + 1, '0'), whole = digits.length - decimals;
  const fine = digits.slice(whole).replace(/0+$/, '');
  return (amount < 0 ? '-' : '') + digits.slice(0, whole) + (fine ? '.' + fine : '');
}

/* 'missing', 'unreadable', 'outside' or 'inside'. */
export function judge(reading, typed) {
  const amount = amountIn(typed, reading.decimals, reading.unit);
  if (amount === null) { return 'missing'; }
  if (Number.isNaN(amount)) { return 'unreadable'; }
  const isSmall = reading.atLeast !== null && amount < reading.atLeast;
  const isLarge = reading.atMost !== null && amount > reading.atMost;
  return isSmall || isLarge ? 'outside' : 'inside';
}

/* A number that nobody should believe unasked: a slip of the unit, mostly. */
export function isOdd(reading, typed) {
  const amount = amountIn(typed, reading.decimals, reading.unit);
  if (!reading.usual || amount === null || Number.isNaN(amount)) { return false; }
  return amount < reading.usual[0] || amount > reading.usual[1];
}

/* What an answer lacks: the name of its text, '' for nothing. `item`: {answer, note, isKey, needsPhoto,
   keyPhoto, hasPhoto, sure, readings}. */
export function lacking(item) {
  if (!item.answer) { return 'answer'; }
  if (item.answer === 'not_applicable') { return item.note ? '' : 'reason'; }
  if (item.answer === 'abnormal' && !item.note) { return 'text'; }
  const lack = readingLacking(item);
  if (lack) { return lack; }
  const wants = item.needsPhoto || (item.isKey && (item.keyPhoto || item.answer === 'abnormal'));
  return wants && !item.hasPhoto ? 'photo' : '';
}

function readingLacking(item) {
  const found = item.readings.map((reading) => judge(reading, reading.found));
  const after = item.readings.map((reading) => judge(reading, reading.after));
  const lacks = (judged) => judged.some((one) => one === 'missing' || one === 'unreadable');
  if (item.answer !== 'abnormal' && lacks(found)) { return 'reading'; }
  if (item.answer === 'adjusted' && lacks(after)) { return 'after'; }
  const odd = item.readings.some((reading) => isOdd(reading, reading.found) || isOdd(reading, reading.after));
  if (odd && !item.sure) { return 'odd'; }
  if (item.answer === 'ok' && found.indexOf('outside') >= 0) { return 'outside'; }
  return item.answer === 'adjusted' && after.indexOf('outside') >= 0 ? 'outside_after' : '';
}

/* The place of the next item that is left after `from`, in the order of the page; from its end it goes on
   at the top. -1: none is left. */
export function nextLeft(lacks, from) {
  const open = lacks.map((lack, place) => (lack ? place : -1)).filter((place) => place >= 0);
  const later = open.filter((place) => place > from);
  return later.length ? later[0] : open.length ? open[0] : -1;
}

/* The lines that are written into a photo. `fix`: {latitude, longitude, accuracy_m} or null. */
export function stampLines(at, lift, item, person, fix, words) {
  const pad = (number) => String(number).padStart(2, '0');
  const day = [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join('-');
  const time = [pad(at.getHours()), pad(at.getMinutes()), pad(at.getSeconds())].join(':');
  const where = fix
    ? fix.latitude.toFixed(5) + ', ' + fix.longitude.toFixed(5) + ' ±' + Math.ceil(fix.accuracy_m) + ' m'
    : words.noPosition;
  return [day + ' ' + time + '  ' + person, lift, item, where];
}

/* Where a photo came from: a camera writes its file now, an album holds older ones. */
export function sourceOf(modified, now, near) {
  return Math.abs(now - modified) <= near ? 'camera' : 'gallery';
}
