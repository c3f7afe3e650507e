import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as rules from '../../static/js/pass-rules.js';

const LPG = '7Q2KD0FHR31M8AB\tLPG\t21i\tcqc\to88\t01-1960\tE5736149\t620300000123 E280116060000209';
const OXYGEN = '8Q2KD0FHR31M8AB\tO2\t\t\t\t\tS000002';
const TWIN = '9Q2KD0FHR31M8AB\tO2\t\t\t\t\tE5736149';
const NOON = Date.parse('2026-11-29T12:00:00+08:00'), HOUR = 3600000;
const HEAD = {
  as_of: '2026-11-29T08:00:00+08:00', expires_at: '2026-12-02T08:00:00+08:00', refill_minutes: 30,
  licences: { LPG: '2027-01-01', O2: '2026-11-28' }, people: { ann: '2027-01-01', old: '2026-11-28' },
  scales: [{ bay: '1', gas: 'LPG', until: '2027-01-01' }, { bay: '2', gas: 'LPG', until: '2026-11-28' }]
};
const AT = { gas: 'LPG', bay: '1', person: 'ann' };

function said(text, more) {
  const given = Object.assign({ lines: [LPG, OXYGEN], at: AT, now: NOON, filled: {} }, more);
  return rules.verdict(HEAD, rules.indexed(given.lines.join('\n')), text, given.at, given.now, given.filled);
}

test('a line is a bottle with its day and its weights', () => {
  const piece = rules.pieceOf(LPG);
  assert.deepEqual([piece.medium, piece.until, piece.tare_g, piece.max_gross_g], ['LPG', '2027-03-31', 16500, 31400]);
  assert.deepEqual([rules.pieceOf(OXYGEN).until, rules.pieceOf(OXYGEN).serial], ['', 'S000002']);
});

test('whatever a gun or a hand gives leads to the bottle', () => {
  const readings = [
    '7Q2KD0FHR31M8AB', '7q2kd-0fhr3-1m8ab', '7Q2KDOFHR3IM8AB', 'HTTPS://TZ.EXAMPLE.CN/T/7Q2KD0FHR31M8AB', '01-1960', '011960', 'E5736149', 'e5736149',
    'HTTPS：、、TZ。EXAMPLE。CN、T、7Q2KD0FHR31M8AB', ']Q17Q2KD0FHR31M8AB', 'https://qr.example.cn/x?id=620300000123', '[瓶32甘D00015,620300000123,YA]',
    'E280116060000209'
  ];
  readings.forEach((text) => assert.deepEqual([text, said(text).allowed], [text, true]));
});

test('what is not in the list is not filled, nor what two bottles carry', () => {
  assert.deepEqual([said('7Q2KD0FHR31M8AC').why, said('').why], ['absent', 'absent']);
  assert.equal(said('E5736149', { lines: [LPG, TWIN] }).why, 'several');
  assert.equal(said('[E5736149,7Q2KD0FHR31M8AB]', { lines: [LPG, TWIN] }).allowed, true);
});

test('each day ends what it is about', () => {
  const day = (date) => Date.parse(date + 'T23:59:59+08:00');
  assert.equal(said('E5736149', { now: day('2027-03-31'), at: AT }).why, 'licence');
  assert.equal(said('E5736149', { now: day('2027-01-01') }).allowed, true);
  assert.equal(said('E5736149', { now: day('2027-04-01') }).why, 'until');
  assert.equal(said('S000002', { at: { gas: 'O2', bay: '', person: 'ann' } }).why, 'licence');
  assert.equal(said('S000002').why, 'gas');
  assert.equal(said('E5736149', { at: { gas: 'LPG', bay: '1', person: 'old' } }).why, 'person');
  assert.equal(said('E5736149', { at: { gas: 'LPG', bay: '1', person: '' } }).why, 'person');
  assert.equal(said('E5736149', { at: { gas: 'LPG', bay: '2', person: 'ann' } }).why, 'scale');
});

test('what this phone filled a moment ago, or has not told yet, is not filled again', () => {
  assert.equal(said('E5736149', { filled: { [LPG]: NOON - 29 * 60000 } }).why, 'refill');
  assert.equal(said('E5736149', { filled: { [LPG]: NOON - 31 * 60000 } }).allowed, true);
  assert.equal(said('E5736149', { filled: { [LPG]: Infinity } }).why, 'refill');
});

test('no list, a stale one, or a clock below what was seen means red', () => {
  assert.equal(rules.whyNoList(null, NOON, 0), 'none');
  assert.equal(rules.whyNoList(HEAD, NOON, 0), '');
  assert.equal(rules.whyNoList(HEAD, Date.parse(HEAD.expires_at) + 1, 0), 'stale');
  assert.equal(rules.whyNoList(HEAD, NOON, NOON + 2 * HOUR), 'clock');
  assert.equal(rules.whyNoList(HEAD, Date.parse('1970-01-01T00:00:00Z'), 0), 'clock');
  assert.equal(rules.whyNoList(HEAD, NOON, NOON + 60000), '');
  assert.deepEqual([rules.hoursLeft(HEAD, NOON), rules.hoursLeft(HEAD, NOON + 99 * HOUR), rules.hoursLeft(null, NOON)], [68, 0, 0]);
});

test('the newer list is made of the older one, in the order of code points', () => {
  assert.equal(rules.applied('A\nC\nD', { gone: [1], came: 'B\nE' }), 'A\nB\nD\nE');
  assert.equal(rules.applied('', { gone: [], came: '' }), '');
  assert.equal(rules.applied('\u{20000}', { gone: [], came: '\ufa0e' }), '\ufa0e\n\u{20000}');
});

test('the messages that wait tell which bottles stand on the scales, and which were filled a moment ago', () => {
  const scan = (id, code) => ({ path: '/fills', made_at: NOON, json: {
    scan_id: id, code: code, gas: 'LPG', bay: '1', happened_at: '2026-11-29T11:00:00+08:00', passed: { sequence: 1 } } });
  const step = (id, name, json) => ({ path: '/fills/' + id + '/' + name, json: json || {} });
  const list = rules.indexed([LPG, OXYGEN].join('\n'));
  const pieceFor = (code) => { const found = rules.lineFor(list, code); return found.line ? rules.pieceOf(found.line) : null; };
  const waiting = [
    scan('a', 'E5736149'), step('a', 'checks'), scan('b', 'E5736149'), step('b', 'result', { gross_g: 31000 }),
    scan('c', 'E5736149'), step('c', 'result', { gross_g: 31500 }), scan('d', 'E5736149'), step('d', 'void'),
    { path: '/fills', json: { scan_id: 'e', code: 'E5736149' } }, scan('f', 'gone from the list')
  ];
  const standing = rules.standingFills(waiting, pieceFor);
  assert.deepEqual(standing.map((fill) => [fill.fill_id, fill.state, fill.checked]), [['a', 'open', true], ['c', 'overfilled', false], ['f', 'open', false]]);
  assert.deepEqual(rules.filledAt({ b: { line: LPG, at: 5 }, x: { line: OXYGEN, at: 7 } }, waiting), { [LPG]: Infinity, [OXYGEN]: 7 });
});

test('what hangs on a manifold stands on no scale, and is filled once its end waits', () => {
  const scan = { path: '/fills', json: { scan_id: 'a', code: 'E5736149', passed: {}, manifold_id: 'm' } };
  const end = { path: '/manifolds/m/end', json: {} };
  assert.deepEqual(rules.standingFills([scan], () => null), []);
  const isFilled = (waiting) => rules.isFilled(rules.pathsOf(waiting), scan.json);
  assert.deepEqual([isFilled([scan]), isFilled([scan, end])], [false, true]);
  assert.deepEqual(rules.filledAt({ a: { line: LPG, at: 5, manifold: 'm' } }, [scan, end]), { [LPG]: Infinity });
});

test('the card of a second person is one of the station, and not the filler\'s own', () => {
  const head = { cards: { '5E6F': ['li'], '0001': ['zhang'], '0002': ['zhang', 'li'] } };
  const cases = [
    ['04A22C5E6F', ''], ['04 a2 2c 5e 6f', ''], ['04A22C0001', 'same'], ['04A22C0002', ''], ['04A22C9999', 'unknown'],
    ['5E6F', 'unknown'], ['', 'unknown']
  ];
  cases.forEach(([card, why]) => assert.equal(rules.secondProblem(head, card, 'zhang'), why, card));
  assert.equal(rules.secondProblem(null, '04A22C5E6F', 'zhang'), 'unknown');
});

test('a result is judged by the highest gross alone', () => {
  const fill = { tare_g: 16500, max_gross_g: 31400 };
  assert.deepEqual(rules.outcome(fill, 31401, 'kg', true).state, 'overfilled');
  assert.deepEqual([rules.outcome(fill, 31400, 'kg', true).state, rules.outcome(fill, 31400, 'kg', true).net_g], ['filled', 14900]);
  assert.equal(rules.outcome(fill, 15000, 'MPa', false).state, 'failed');
});
