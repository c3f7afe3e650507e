import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as rules from '../../static/js/fill-rules.js';

test('the highest pressure at a temperature is the one that the server knows', () => {
  const limit = { kpa: 15000, reference_c: 20, corrected: true, capped: true };
  const cases = [[null, 15000], [200, 15000], [150, 14742], [0, 13969], [-100, 13454], [350, 15000]];
  cases.forEach(([tenths, most]) => assert.equal(rules.mostKpa(limit, tenths), most, String(tenths)));
  assert.equal(rules.mostKpa(Object.assign({}, limit, { capped: false }), 350), 15772);
  assert.equal(rules.mostKpa({ kpa: 2500, reference_c: 0, corrected: false, capped: true }, 50), 2500);
});

test('one label is one key, however it was read', () => {
  const read = ['7QK2M-8D4XR-WP3HT', '7qk2m8d4xrwp3ht', 'HTTPS://TZ.TEST.CN/T/7QK2M8D4XRWP3HT', ' 7QK2M 8D4XR WP3HT', ']Q17QK2M8D4XRWP3HT',
    '*7QK2M8D4XRWP3HT*', '"HTTPS://TZ.TEST.CN/T/7QK2M8D4XRWP3HT"', '7QK2M8D4XRWP3HT7QK2M8D4XRWP3HT', 'HTTPS%3A%2F%2FTZ.TEST.CN%2FT%2F7QK2M8D4XRWP3HT',
    '７ＱＫ２Ｍ８Ｄ４ＸＲＷＰ３ＨＴ', 'HTTPS:、、TZ.TEST.CN、T、7QK2M8D4XRWP3HT'];
  assert.deepEqual(new Set(read.map(rules.key)), new Set(['7QK2M8D4XRWP3HT']));
});

test('grams are read as kilograms, with the digits a scale shows', () => {
  assert.deepEqual([31400, 14950, 500].map(rules.kg), ['31.4 kg', '14.95 kg', '0.5 kg']);
});

const AMOUNTS = [
  ['31', 31000], ['31.25', 31250], ['31,2', 31200], [' 31.255 ', 31255], ['10000', 10000000], ['10000.1', null], ['0', null], ['', null],
  ['１５．２', 15200], ['-3', null], ['31.2555', null], ['abc', null], ['1e3', null]
];

test('an amount is what a scale can show, in thousandths', () => {
  assert.deepEqual(AMOUNTS.map(([text]) => [text, rules.amount(text, 10000)]), AMOUNTS);
});

test('the gauge has a limit of its own', () => { assert.deepEqual([rules.amount('14.7', 100), rules.amount('101', 100)], [14700, null]); });

const BAYS = [{ bay: '1', gas: 'LPG' }, { bay: '2', gas: 'O2' }, { bay: '3', gas: 'LPG' }, { bay: '4', gas: 'LPG' }];

test('the next bottle goes to the next free scale of its gas', () => {
  assert.equal(rules.nextBay(BAYS, [{ bay: '1' }], 0), 2);
  assert.equal(rules.nextBay(BAYS, [{ bay: '1' }, { bay: '3' }], 0), 3);
  assert.equal(rules.nextBay(BAYS, [{ bay: '3' }, { bay: '4' }], 3), 0);
  assert.equal(rules.nextBay(BAYS, [{ bay: '1' }, { bay: '3' }, { bay: '4' }], 3), 3);
  assert.equal(rules.nextBay(BAYS, [], 1), 1);
});

test('a chosen scale is next whenever it is free, else this one, else the next free one', () => {
  const at = (...taken) => taken.map((bay) => ({ bay }));
  assert.deepEqual([rules.whereNext(BAYS, [], 0, -1), rules.whereNext(BAYS, at('1'), 0, -1), rules.whereNext(BAYS, [], 0, 3),
    rules.whereNext(BAYS, at('4'), 0, 3), rules.whereNext(BAYS, at('1', '4'), 0, 3), rules.whereNext(BAYS, at('1', '3', '4'), 3, 3)],
  [0, 2, 3, 0, 2, 3]);
});

test('where no scale is on file, a bottle stands at the place of its gas', () => {
  const lpg = { bay: '', gas: 'LPG' };
  assert.deepEqual([rules.stands(lpg, lpg), rules.stands({ bay: '', gas: 'O2' }, lpg), rules.stands({ bay: '1', gas: 'O2' }, { bay: '1' })],
    [true, false, true]);
});

test('a bottle of another gas has its scales, or none; another reason has nothing to do with scales', () => {
  const r13 = [{ code: 'R13', effect: 'treat' }], r07 = [{ code: 'R07', effect: 'block' }];
  assert.deepEqual([rules.placesFor(BAYS, 'LPG', { medium: 'O2' }, r13), rules.placesFor(BAYS, 'LPG', { medium: 'CO2' }, r13),
    rules.placesFor(BAYS, 'LPG', { medium: 'O2' }, r07), rules.placesFor(BAYS, 'LPG', { medium: 'LPG' }, r13),
    rules.placesFor(BAYS, 'LPG', {}, r13), rules.placesFor(BAYS, 'LPG', null, r13)], [[1], [], null, null, null, null]);
});

test('whole grams are told from kilograms by what the bottle weighs when full', () => {
  assert.deepEqual([rules.kgOfGrams('31200', 31400), rules.kgOfGrams('３１２００', 31400), rules.kgOfGrams('95', 31400),
    rules.kgOfGrams('1050', 1000000), rules.kgOfGrams('31200', null), rules.kgOfGrams('31200.5', 31400)],
  [31.2, 31.2, null, null, null, null]);
});

function refused(...codes) { return { allowed: false, reasons: codes.map((code) => ({ code, effect: 'block' })) }; }

test('minutes are whole, and none where a clock runs ahead', () => {
  assert.deepEqual([rules.minutesSince(0, 59999), rules.minutesSince(0, 7200000), rules.minutesSince(5000, 0)], [0, 120, 0]);
});

test('the server is quoted with its fields, else with its title', () => {
  assert.deepEqual(rules.words({ title: 'No.', fields: { a: 'One.', b: 'Two.' } }), { all: 'One. Two.', first: 'One.' });
  assert.deepEqual(rules.words({ title: 'No.' }), { all: 'No.', first: 'No.' });
});

test('what is spoken has no brackets at its end', () => {
  assert.equal(rules.plain('超期未检（应于2025-12-31前检验，已超期88天）'), '超期未检');
  assert.equal(rules.plain('Past the inspection date (was due on 2025-12-31)'), 'Past the inspection date ');
});

test('every item is answered, the failed one with no', () => {
  assert.deepEqual(rules.answers(['Q01', 'Q02'], 'Q02'), { Q01: true, Q02: false });
  assert.deepEqual(rules.answers(['P03']), { P03: true });
});

test('a bottle is called by what people read on it', () => {
  assert.equal(rules.bottleName({ own_number: '7', serial: 'B1', code: 'X', model: 'YSP12' }), '7 · B1 · YSP12');
  assert.equal(rules.bottleName({ serial: '', code: 'X' }), 'X');
  assert.equal(rules.bottleName(null), '');
});

const CODE = '2B2EM98YQ3N6K40';
function typed(text, pause, start, begin) {
  return Array.from(text).map((_letter, place) => ({ value: begin + text.slice(0, place + 1), at: start + place * pause }));
}
const SHOTS = [
  ['a weight by hand', typed('31.25', 180, 0, ''), null],
  ['a weight pasted at once', [{ value: '31.2', at: 0 }], null],
  ['a gun into the empty box', typed(CODE, 4, 0, ''), { amount: '', scan: CODE }],
  ['a gun behind a weight', typed('31.2', 180, 0, '').concat(typed(CODE, 4, 2000, '31.2')), { amount: '31.2', scan: CODE }],
  ['a gun with digits alone behind a weight', typed('31', 180, 0, '').concat(typed('620100012345', 4, 900, '31')),
    { amount: '31', scan: '620100012345' }],
  ['a gun with digits alone into the empty box', typed('620100012345', 4, 0, ''), { amount: '', scan: '620100012345' }],
  ['a gun that sends all at once', typed('31', 180, 0, '').concat([{ value: '31' + CODE, at: 900 }]), { amount: '31', scan: CODE }],
  ['nothing', [], null]
];

SHOTS.forEach(([said, inputs, shot]) => {
  test('the box of the weight: ' + said, () => { assert.deepEqual(rules.gunShot(inputs, 7), shot); });
});

test('a bottle is called by its numbers, one that is not on file by what was read', () => {
  assert.deepEqual([[{ own_number: '01-7', serial: 'A1', model: 'YSP35.5' }], [{ code: 'X' }, 'Y'], [null, 'Y'], [null]]
    .map((given) => rules.bottleName(...given)), ['01-7 · A1 · YSP35.5', 'X', 'Y', '']);
});

test('a second fill is asked for its reason where nothing else stands against it', () => {
  const reasons = (...codes) => codes.map(([code, effect]) => ({ code, effect }));
  assert.deepEqual([reasons(['R31', 'block'], ['R29', 'warn']), reasons(['R31', 'block'], ['R07', 'block']), reasons(['R31', 'warn']), []]
    .map((each) => rules.asksWhyAgain(each, 'R31')), [true, false, false, false]);
});

test('a bottle named by a number of its own, not by its label, may have lost the label', () => {
  const piece = { id: '1', code: CODE };
  const cases = [[piece, '8812345'], [piece, '01-1960'], [piece, CODE], [piece, 'HTTPS://TZ.CN/T/' + CODE],
    [piece, CODE.toLowerCase()], [{ code: CODE }, '8812345'], [{ id: '1' }, '8812345'], [null, '8812345'], [piece, '']];
  assert.deepEqual(cases.map((given) => rules.byNumber(...given)),
    [true, true, false, false, false, false, false, false, false]);
});
