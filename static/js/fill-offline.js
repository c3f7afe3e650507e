/* The floor without a network: the list's verdict in the shape of the server's answer, the bottles that it
   let be filled, and the page itself, which is kept so that it opens. */
import './offline-rules.js';
import * as outbox from './outbox.js';
import * as rules from './pass-rules.js';
import * as passes from './passes.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
const config = JSON.parse(words.config), bar = document.querySelector('[data-list-left]');
const LIST = '离线可充清单';

export const isOffline = passes.isOffline, refresh = passes.refresh;

function reason(text) {
  return { code: '', text: text, effect: 'block', citation: { document: LIST, clause: '', verified: true } };
}

function whyText(why) { return words['textPass' + why.replace(/^./, (letter) => letter.toUpperCase())]; }

/* What the list says of a scan: {answer, passed, isJudged}; `passed` goes with the message of a bottle that
   was let; not judged is what no list could be asked about. */
export function byList(scan, text) {
  const said = passes.judge(text, { gas: scan.gas, bay: scan.bay, person: config.person });
  const items = config.gases[scan.gas] ? config.gases[scan.gas].pre : [];
  const answer = {
    fill_id: said.allowed ? scan.scan_id : null, allowed: said.allowed, equipment: said.piece,
    reasons: said.allowed ? [] : [reason(whyText(said.why))],
    checks: items.map((code) => ({ code: code, asked: true })), flags: []
  };
  return { answer: answer, passed: said.allowed ? said.passed : null, isJudged: !passes.standing().why };
}

/* A look-over that nobody has heard of yet: all fine, or a fault that somebody pointed at. */
export function looked(checks) {
  const failed = Object.keys(checks).filter((item) => checks[item] !== true);
  return { allowed: !failed.length, reasons: failed.length ? [reason(words.textPassFault)] : [] };
}

export const outcome = rules.outcome;

export function noteFilled(fill) { passes.noteFilled(fill.piece, fill.fill_id); }

/* Resolves once the list that the phone holds was read. */
export const ready = passes.ready;

/* What the list has of a code; null where it is not there. */
export const pieceOf = passes.pieceOf;

/* Why the card of a second person does not count without a network, in words; '' where it does. */
export function secondProblem(card) {
  const why = passes.standing().why || passes.secondProblem(card, config.person);
  return why === 'unknown' ? words.textSecondUnknown : why === 'same' ? words.textSecondSame
    : why ? whyText(why) : '';
}

/* Whether a result of this fill waits here: it stands on no scale any more. */
export function isFinishedHere(fillId) { return rules.ended(outbox.waiting(), fillId); }

/* The bottles that the list let be filled and that stand on the scales still, as the messages tell that wait
   here: whatever happened to the page since. */
export function standing() {
  return passes.ready.then(() => rules.standingFills(outbox.waiting(), passes.pieceOf));
}

/* In the bar: for how many hours the list holds, or why there is none. */
function drawBar() {
  const standing = passes.standing();
  bar.hidden = false;
  bar.textContent = standing.why ? whyText(standing.why)
    : words.textPassHours.replace('{n}', standing.hours);
  bar.classList.toggle('is-off', Boolean(standing.why));
}

/* What nobody answered: from now on the list is asked at once, until somebody answers again. */
outbox.watch((event) => {
  if (event.type === 'held' && event.response.status !== 401) { passes.noteSilence(); }
  if (event.type === 'answered') { passes.noteAnswer(); }
});

function keepPage() {
  if (!passes.isPossible || !navigator.serviceWorker || !config.person) { return; }
  if (navigator.storage && navigator.storage.persist) { navigator.storage.persist(); }
  navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  if (document.documentElement.dataset.offline) { return; }
  const manifolds = (config.bays || []).map((bay) => bay.manifold).filter(Boolean);
  const here = window.location.pathname + window.location.search;
  const pages = ['/floor', here].concat(manifolds).filter((page, place, all) => all.indexOf(page) === place);
  navigator.serviceWorker.ready.then((registration) => {
    const wish = { type: 'keep', person: config.person, pages: pages, whole: false, anew: true };
    registration.active.postMessage(wish);
  });
}

passes.watch(drawBar);
drawBar();
keepPage();
