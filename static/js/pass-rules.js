/* 离线可充清单: what a phone may say of a bottle while there is no network. It compares days and knows no
   rule: what is in the list may be filled until the day that stands there, whatever is not may not. The
   list comes signed from GET /api/v1/fills/passes (equipment/passes/rules.py makes its lines). Tested by
   tests/js/. */

const FIRST_DAY = Date.UTC(2020, 0, 1), DAY = 86400000, SITE_OFFSET = 8 * 3600000;  // Asia/Shanghai
const SHORTEST = 4, CLOCK_SLACK = 120000, LOOKALIKES = { I: '1', L: '1', O: '0' };
const OWN = /^[0-9ABCDEFGHJKMNPQRSTVWXYZ]{15}$/;

/* The site's calendar day of an instant (ms), as 2026-11-29. */
export function siteDay(now) { return new Date(now + SITE_OFFSET).toISOString().slice(0, 10); }

function dayOf(text) {
  return text ? new Date(FIRST_DAY + parseInt(text, 36) * DAY).toISOString().slice(0, 10) : '';
}

function gramsOf(text) { return text ? parseInt(text, 36) : null; }

/* One line of the list as a piece of equipment; what is missing at its end is empty. */
export function pieceOf(line) {
  const parts = line.split('\t');
  return {
    code: parts[0] || '', medium: parts[1] || '', until: dayOf(parts[2]), tare_g: gramsOf(parts[3]),
    max_gross_g: gramsOf(parts[4]), own_number: parts[5] || '', serial: parts[6] || '', line: line
  };
}

/* By every number a scanner or a hand may give, the places of the lines that carry it. */
export function indexed(text) {
  const places = new Map(), lines = text ? text.split('\n') : [];
  lines.forEach((line, place) => {
    const parts = line.split('\t'), others = parts[7] ? parts[7].split(' ') : [];
    [parts[0], parts[5], parts[6]].concat(others).forEach((number) => {
      const form = normal(number || '');
      if (!form) { return; }
      const before = places.get(form);
      if (!before) { places.set(form, [place]); } else if (before.indexOf(place) < 0) { before.push(place); }
    });
  });
  return { lines: lines, places: places };
}

/* The form in which numbers are compared: half width, capitals, no blanks or hyphens. */
export function normal(text) { return text.normalize('NFKC').toUpperCase().replace(/[\s\-—–−‐‑]+/g, ''); }

/* What a text may mean, the likeliest first, as the server reads it (register/codes.py): the last part of an
   address, the values behind its question mark, those of a list in brackets, the text itself. */
export function numbersIn(text) {
  const half = text.normalize('NFKC').replace(/、/g, '/').replace(/【/g, '[').replace(/】/g, ']').trim();
  const plain = half.replace(/^\][A-Za-z][0-9A-Za-z]/, '').replace(/^[*"'`]+|[*"'`]+$/g, '');
  const listed = /\[([^\]]+)\]/.exec(plain), parts = [];
  if (listed) {
    parts.push(...listed[1].split(/[,;]/));
  } else if (plain.indexOf('/') >= 0) {
    const address = plain.split('#')[0], query = address.split('?')[1] || '';
    parts.push(address.split('?')[0].replace(/\/+$/, '').split('/').pop());
    query.split('&').forEach((pair) => { if (pair.indexOf('=') >= 0) { parts.push(pair.split('=')[1]); } });
  } else if (plain.indexOf(',') >= 0) {
    parts.push(...plain.split(','));
  }
  const forms = parts.concat(plain).map(normal).filter((form) => form.length >= SHORTEST);
  const labels = forms.map(asLabel).filter(Boolean);
  return forms.concat(labels).filter((form, place, all) => all.indexOf(form) === place);
}

/* A label whose letters were taken for digits: I and L are 1, O is 0. */
function asLabel(form) {
  if (/^\d+$/.test(form)) { return ''; }
  const code = form.replace(/[ILO]/g, (letter) => LOOKALIKES[letter]);
  return OWN.test(code) ? code : '';
}

/* The line of the bottle that a text names: {line}, or {why: 'absent'} for none, {why: 'several'} for more
   than one. */
export function lineFor(list, text) {
  const several = numbersIn(text).reduce((found, form) => {
    const places = found.one === undefined ? list.places.get(form) : null;
    if (!places) { return found; }
    return Object.assign(found, places.length === 1 ? { one: places[0] } : { many: true });
  }, {});
  if (several.one !== undefined) { return { line: list.lines[several.one] }; }
  return { why: several.many ? 'several' : 'absent' };
}

/* Whether the phone may go by its list now: '' if so; else 'none', 'stale', 'clock' (it shows less than the
   highest time this phone has seen). */
export function whyNoList(head, now, highest) {
  if (!head) { return 'none'; }
  if (now < Math.max(highest || 0, Date.parse(head.as_of)) - CLOCK_SLACK) { return 'clock'; }
  return now > Date.parse(head.expires_at) ? 'stale' : '';
}

/* The verdict of the list: {allowed, why, piece}. `at`: {gas, bay, person}; `filled`: by line, when this
   phone filled it last (ms); Infinity where the server has not heard of it yet, however long ago it was. */
export function verdict(head, list, text, at, now, filled) {
  const found = lineFor(list, text), today = siteDay(now);
  if (!found.line) { return { allowed: false, why: found.why, piece: null }; }
  const piece = pieceOf(found.line), scale = scaleAt(head, at);
  const ago = now - (filled[found.line] === undefined ? -Infinity : filled[found.line]);
  const against = [
    [piece.medium !== at.gas, 'gas'],
    [piece.until && piece.until < today, 'until'],
    [!head.licences[piece.medium] || head.licences[piece.medium] < today, 'licence'],
    [!head.people[at.person] || head.people[at.person] < today, 'person'],
    [Boolean(scale) && scale.until < today, 'scale'],
    [ago < head.refill_minutes * 60000, 'refill']
  ].filter((pair) => pair[0])[0];
  return { allowed: !against, why: against ? against[1] : '', piece: piece };
}

function scaleAt(head, at) {
  return head.scales.filter((scale) => scale.bay === at.bay && scale.gas === at.gas)[0];
}

const TAIL = 4;

/* Whether a work card is another person's than the one on duty, by the last characters that the head names
   people by: '' if so, else 'unknown' (no card of this station) or 'same'. */
export function secondProblem(head, card, person) {
  const number = normal(card).replace(/[^0-9A-Z]/g, '');
  const people = number.length > TAIL && head && head.cards ? head.cards[number.slice(-TAIL)] || [] : [];
  if (!people.length) { return 'unknown'; }
  return people.every((one) => one === person) ? 'same' : '';
}

/* Whole hours for which the list holds; 0 where it holds no more. */
export function hoursLeft(head, now) {
  return head ? Math.max(0, Math.floor((Date.parse(head.expires_at) - now) / 3600000)) : 0;
}

/* The newer list, of the one there is and what differs. */
export function applied(older, change) {
  const gone = new Set(change.gone), lines = older ? older.split('\n') : [];
  const came = change.came ? change.came.split('\n') : [];
  return lines.filter((_line, place) => !gone.has(place)).concat(came).sort(byCodePoints).join('\n');
}

/* As the server sorts: rare characters behind the plane of all others. */
function byCodePoints(one, other) {
  if (!/[\ud800-\udfff]/.test(one + other)) { return one < other ? -1 : one > other ? 1 : 0; }
  const left = Array.from(one), right = Array.from(other);
  for (let place = 0; place < Math.min(left.length, right.length); place += 1) {
    const differs = left[place].codePointAt(0) - right[place].codePointAt(0);
    if (differs) { return differs; }
  }
  return left.length - right.length;
}

function messagesOf(waiting, fillId, step) {
  const path = '/fills/' + fillId + '/' + step;
  return waiting.filter((message) => message.path === path);
}

/* Whether the messages that wait end a fill: its last result is no overfill that waits to be drawn down. */
export function ended(waiting, fillId, piece) {
  if (messagesOf(waiting, fillId, 'void').length) { return true; }
  const result = messagesOf(waiting, fillId, 'result').pop();
  return Boolean(result) && !(piece && piece.max_gross_g && result.json.gross_g > piece.max_gross_g);
}

/* The fills that began by the list and have not ended, out of the messages that wait; `pieceFor(code)` is the
   bottle in the list, null where it is there no more. */
export function standingFills(waiting, pieceFor) {
  const begun = waiting.filter((message) => (
    message.path === '/fills' && message.json.passed && !message.json.manifold_id
  ));
  return begun.map((message) => {
    const scan = message.json, piece = pieceFor(scan.code) || { serial: scan.code };
    const isOver = messagesOf(waiting, scan.scan_id, 'result').length > 0;
    return {
      fill_id: scan.scan_id, piece: piece, bay: scan.bay, gas: scan.gas, since: Date.parse(scan.happened_at),
      state: isOver ? 'overfilled' : 'open', checked: messagesOf(waiting, scan.scan_id, 'checks').length > 0,
      max_gross_g: piece.max_gross_g || null, tare_g: piece.tare_g || null, by_list: true, items: [],
      reasons: [], code: scan.code
    };
  }).filter((fill) => !ended(waiting, fill.fill_id, fill.piece));
}

/* Whether gas went in behind this scan, as the messages tell that wait: its result waits, or the end of its
   manifold. `paths` are theirs. */
export function isFilled(paths, scan) {
  const end = scan.manifold_id && '/manifolds/' + scan.manifold_id + '/end';
  return paths.has('/fills/' + scan.scan_id + '/result') || (Boolean(end) && paths.has(end));
}

export function pathsOf(waiting) { return new Set(waiting.map((message) => message.path)); }

/* When this phone filled each bottle last, by its line: those whose result waits count as a moment ago. */
export function filledAt(filled, waiting) {
  const byLine = {}, paths = pathsOf(waiting);
  Object.keys(filled).forEach((fillId) => {
    const one = filled[fillId], isUnsent = isFilled(paths, { scan_id: fillId, manifold_id: one.manifold });
    byLine[one.line] = isUnsent ? Infinity : Math.max(one.at, byLine[one.line] || 0);
  });
  return byLine;
}

/* What came out of a fill, said without the server: a bottle too heavy is drawn down, a failed look
   afterwards keeps it here. */
export function outcome(fill, amount, unit, isFine) {
  const isOver = unit === 'kg' && fill.max_gross_g && amount > fill.max_gross_g;
  const net = unit === 'kg' && fill.tare_g ? amount - fill.tare_g : null;
  return { state: isOver ? 'overfilled' : isFine ? 'filled' : 'failed', net_g: net, flags: [], reasons: [] };
}
