/* What an outbox decides, without a browser: which message goes next, how long to wait, what a response
   means, and what phones hold under the keys of earlier versions. A message is {lane, after, method, path,
   json | parts, slot, queues, owner, open} and, once stored, {seq, rev, id, state, tries, made_at}. Tested by
   tests/js/. */

export const FLOOR = 'floor';
const FIRST_PAUSE = 3000, LONGEST_PAUSE = 60000, WAITED = 15000, LONGEST_REST = 10000;
const TRY_AGAIN = [408, 425, 429];

/* What is sent next of every lane: its oldest waiting message, unless a lane that goes first has something
   waiting. */
export function heads(messages) {
  const first = new Map();
  const waiting = messages.filter((message) => message.state === 'waiting');
  waiting.sort((one, other) => one.seq - other.seq);
  waiting.forEach((message) => { if (!first.has(message.lane)) { first.set(message.lane, message); } });
  const full = new Set(first.keys());
  first.forEach((message, lane) => { if (message.after && full.has(message.after)) { first.delete(lane); } });
  return first;
}

/* Milliseconds until the next try: doubled every time, spread so that a hundred phones do not come back at
   once. */
export function pause(tries, spread, retryAfter) {
  const wait = Math.min(LONGEST_PAUSE, FIRST_PAUSE * Math.pow(2, Math.max(0, tries - 1)));
  return Math.round(Math.max(wait * (0.75 + spread / 2), (retryAfter || 0) * 1000));
}

/* Milliseconds that a message still rests on the phone for what is to follow it (the position of a swipe);
   then it goes as it is. A clock that was set back holds up nothing. */
export function rest(message, now) {
  const left = (message.rests_until || 0) - now;
  return left > 0 && left <= LONGEST_REST ? left : 0;
}

/* A message with what followed it, once; one that goes out already stays as it is. */
export function completed(message, json, now) {
  if (!rest(message, now)) { return message; }
  const whole = Object.assign({}, message.json, json);
  return Object.assign(message, { json: whole, rests_until: 0, rev: message.rev + 1 });
}

/* 'done', 'refused' (the server has it and says no: it is not sent again), 'sign_in' (no valid token) or
   'again'. An answer that is no JSON comes from a proxy or a hotel's sign-in page, whatever its status
   says. `judged`: the kind of message that gets a verdict, which somebody must see when it says no. */
export function meaning(status, json, judged) {
  if (status === 401) { return 'sign_in'; }
  if (status === 413) { return 'refused'; }
  if (!json || status < 200 || status >= 500 || TRY_AGAIN.indexOf(status) >= 0) { return 'again'; }
  if (status >= 400) { return 'refused'; }
  return status >= 300 ? 'again' : judged && json.allowed === false ? 'refused' : 'done';
}

/* The server's words about a refusal. */
export function reason(status, json) {
  if (!json) { return String(status); }
  const fields = json.fields || {};
  const reasons = (json.reasons || []).map((one) => one.text);
  const texts = Object.keys(fields).map((name) => fields[name]).concat(reasons);
  return texts.filter(Boolean).join(' ') || json.title || json.text || String(status);
}

/* Which bottle an answer is about, as people call it; what was read where the answer does not say. */
export function aboutOf(message, json) {
  if (message.slot && message.json.answers) { return message.json.answers.map(asTyped).join('、'); }
  const piece = (json && json.equipment) || {};
  const name = [piece.own_number, piece.serial || piece.code].filter(Boolean).join(' · ');
  return name || (json && json.serial) || (message.json && message.json.code) || '';
}

/* An answer to an item with what was typed beside it. */
function asTyped(answer) {
  const readings = Object.values(answer.readings || {}).concat(Object.values(answer.after || {}));
  return [answer.code, ...readings, answer.note].filter(Boolean).join(' ');
}

/* A verdict that came after the page could show it: it is listed until somebody has seen it, but where the
   page had said the same by its list. A refusal is listed in any case. */
export function staysListed(message) {
  return kind(message) === 'scan' && message.tries > 0 && !(message.json && message.json.passed);
}

/* Whether a message must say that it waited before it was sent. */
export function isLate(message, now) { return message.tries > 0 || now - message.made_at > WAITED; }

/* A newer state of the same answers: the newest of each item, the newest remark. */
export function merged(older, newer) {
  const codes = newer.answers.map((answer) => answer.code);
  const others = older.answers.filter((answer) => codes.indexOf(answer.code) < 0);
  const json = { answers: others.concat(newer.answers) };
  if (newer.message_id) { json.message_id = newer.message_id; }
  const remark = newer.remark === undefined ? older.remark : newer.remark;
  return remark === undefined ? json : Object.assign(json, { remark: remark });
}

/* A new message that may go in one request with the last one of its lane. */
export function goesWith(last, message) {
  return Boolean(last && message.slot && last.slot === message.slot && last.state === 'waiting');
}

/* Answers that were refused together, one by one, so that a wrong one does not hold up the others; [] for
   what is one already. */
export function split(message) {
  const answers = message.slot && message.json.answers ? message.json.answers : [];
  const parts = answers.map((answer) => ({ answers: [answer] }));
  if (message.json && message.json.remark !== undefined) {
    parts.push({ answers: [], remark: message.json.remark });
  }
  return parts.length > 1 ? parts : [];
}

/* How many things people did stand in a message. */
export function weight(message) {
  if (!message.slot || !message.json.answers) { return 1; }
  return message.json.answers.length + (message.json.remark === undefined ? 0 : 1);
}

const KINDS = [
  [/^\/(?:fills|scans)$/, 'scan'], [/\/checks$/, 'checks'], [/\/result$/, 'result'], [/\/void$/, 'void'],
  [/\/treatment$/, 'treatment'], [/\/photos$/, 'photo'], [/^\/swipes$/, 'swipe'], [/\/answers$/, 'answers'],
  [/^\/notes\/[^/]+\/bottles$/, 'bottle'], [/^\/notes\/[^/]+\/delivered$/, 'delivered'],
  [/^\/rescue\/calls\//, 'rescue'], [/^\/checks$/, 'check'],
  [/^\/walks\/[^/]+\/outcomes$/, 'walk'], [/^\/campaigns\/[^/]+\/outcomes$/, 'campaign'],
  [/^\/controls$/, 'control'],
  [/\/signature$/, 'signature'], [/\/paper$/, 'paper'], [/^\/reports$/, 'report']
];

const JUDGED = ['scan', 'checks', 'result', 'swipe'];

/* Whether the answer to a message is a verdict on it; that to the treatment of a refused bottle only
   repeats the earlier one. */
export function isJudged(message) { return JUDGED.indexOf(kind(message)) >= 0; }

/* What a message is to people: the name of its text on the page. */
export function kind(message) {
  const path = message.path.split('?')[0];
  const match = KINDS.filter((pair) => pair[0].test(path))[0];
  return match ? match[1] : 'other';
}

/* A page that is being left takes nothing of a visit out any more: the page that comes may have been drawn
   before the server had it, shows what is still here, and sends it once more, which records nothing twice.
   */
export function staysWhileLeaving(message) { return message.lane.indexOf('visit:') === 0; }

/* Messages that phones hold in local storage under `fill_queue`. */
export function fromFillQueue(text) {
  return list(text).filter((job) => job && job.method && job.path).map((job) => ({
    lane: FLOOR, method: job.method, path: job.path, queues: Boolean(job.late),
    json: job.late ? Object.assign({}, job.body, { queued: true }) : job.body
  }));
}

function list(text) {
  const value = parsed(text);
  return Array.isArray(value) ? value : [];
}

function parsed(text) { try { return JSON.parse(text); } catch (broken) { return null; } }

/* What a stranger reports on the public page: nobody's token is needed, its own id says whether it came
   before. */
export function reportMessage(language, parts) {
  const path = '/reports' + (language ? '?lang=' + language : '');
  return { lane: 'report', open: true, method: 'POST', path: path, parts: parts };
}

/* Signing in where there is no signal: the swipe's id becomes the visit's, and what is answered stands behind
   it in its lane. */
export function openingSwipe(swipe, lift, json) {
  const message = { lane: visitLane(swipe), opens: swipe, lift: lift, method: 'POST', path: '/swipes' };
  return Object.assign(message, { json: Object.assign({ swipe_id: swipe, direction: 'in' }, json) });
}

/* A message that was meant for the visit `before`, for the one that the swipe led to. */
export function ofVisit(message, before, answer) {
  const path = message.path.replace('/visits/' + before + '/', '/visits/' + answer.visit_id + '/')
    .replace(/([?&]lift=)[^&]*/, '$1' + answer.equipment_id);
  return Object.assign(message, { lane: visitLane(answer.visit_id), path: path, rev: message.rev + 1 });
}

/* The lift that a message is about; '' where it does not say. */
export function liftOf(message) {
  const match = /[?&]lift=([^&]+)/.exec(message.path);
  return message.lift || (match ? match[1] : '');
}

export function visitLane(visit) { return 'visit:' + visit; }

export function answersMessage(visit, json) {
  const path = '/visits/' + visit + '/answers';
  return { lane: visitLane(visit), method: 'PUT', path: path, json: json, slot: 'answers' };
}

/* `facts`: what the phone says of the photo, by name (time, position, origin). */
export function visitPhoto(visit, code, blob, facts) {
  const said = Object.keys(facts || {}).map((name) => ({ name: name, value: String(facts[name]) }));
  const parts = [{ name: 'code', value: code }, { name: 'photo', value: blob, file: code + '.jpg' }, ...said];
  return { lane: visitLane(visit), method: 'POST', path: '/visits/' + visit + '/photos', parts: parts };
}

/* How the use unit stands for a visit: drawn on this phone (`signature`) or on paper (`paper`). */
export function signatureMessage(visit, lift, how, parts) {
  const path = '/visits/' + visit + '/' + how + '?lift=' + lift;
  return { lane: visitLane(visit), method: 'POST', path: path, parts: parts };
}

/* Whether a message is the signature of this visit. */
export function isSignatureOf(message, visit) {
  return message.lane === visitLane(visit) && ['signature', 'paper'].indexOf(kind(message)) >= 0;
}

export function fillPhoto(fill, blob) {
  const parts = [{ name: 'photo', value: blob, file: 'photo.jpg' }];
  const path = '/fills/' + fill + '/photos';
  return { lane: 'photo:' + fill, after: FLOOR, method: 'POST', path: path, parts: parts };
}

/* What phones hold of visits: `visit:ID` in local storage as [id, text] pairs, and the photos of the
   database `visits`, where the photos of a fill stand under the visit "fill". Signing out goes last, so
   that what was done on site arrives before its end. */
export function fromVisits(pairs, photos) {
  const visits = pairs.map((pair) => ({ id: pair[0], held: parsed(pair[1]) || {} }));
  const answers = visits.map((visit) => answersMessage(visit.id, answersJson(visit.held)));
  const pictures = photos.map((photo) => photo.visit === 'fill'
    ? fillPhoto(photo.code, photo.blob)
    : visitPhoto(photo.visit, photo.code, photo.blob));
  const outs = visits.filter((visit) => visit.held.out).map((visit) => ({
    lane: visitLane(visit.id), method: 'POST', path: '/swipes',
    json: Object.assign({ direction: 'out' }, visit.held.out)
  }));
  return answers.filter((message) => weight(message)).concat(pictures, outs);
}

function answersJson(held) {
  const answers = held.answers || {};
  const json = { answers: Object.keys(answers).map((code) => Object.assign({ code: code }, answers[code])) };
  return held.remark === undefined ? json : Object.assign(json, { remark: held.remark });
}
