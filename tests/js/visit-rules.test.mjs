import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { exifText, timeIn } from '../../static/js/exif.js';
import * as rules from '../../static/js/visit-rules.js';

const load = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const cases = load('reading-cases.json'), limits = load('reading-limits.json');
const lock = limits['A-1-29'].readings[0];

cases.forEach((one) => {
  test('what an answer lacks: ' + one.name, () => {
    const asked = limits[one.item];
    const readings = asked.readings.map((reading) => ({ ...reading, found: one.found || '', after: one.after || '' }));
    const item = {
      answer: one.answer, note: one.note || '', isKey: asked.isKey, needsPhoto: false, keyPhoto: Boolean(one.key_photo),
      hasPhoto: Boolean(one.photo), sure: Boolean(one.sure), readings
    };
    assert.equal(rules.lacking(item), one.lacks);
  });
});

test('amounts as people type them are whole numbers of the smallest step', () => {
  const typed = ['7', '７．５', '7,5', ' 7.50 mm', '-1', '', '七', '7.55', '1e3', '7kg'];
  assert.deepEqual(typed.map((text) => rules.amountIn(text, 1, 'mm')), [70, 75, 75, 75, -10, null, NaN, NaN, NaN, NaN]);
});

test('what is sent is the number that was typed', () => {
  assert.deepEqual([[70, 1], [75, 1], [-5, 1], [230, 2], [0, 1], [5, 2]].map((pair) => rules.numberOf(...pair)),
    ['7', '7.5', '-0.5', '2.3', '0', '0.05']);
});

test('what cannot be read is no reading', () => {
  assert.equal(rules.judge(lock, 'sieben'), 'unreadable');
});

test('the next item that is left, from the one shown last, round the page', () => {
  const lacks = ['', 'answer', '', 'photo', 'reading'];
  assert.deepEqual([-1, 0, 1, 3, 4].map((from) => rules.nextLeft(lacks, from)), [1, 1, 3, 4, 1]);
  assert.equal(rules.nextLeft(['', ''], 1), -1);
});

test('a photo says when, where, what and who; without a position it says so', () => {
  const at = new Date(2026, 10, 30, 9, 5, 7), fix = { latitude: 36.543211, longitude: 104.123456, accuracy_m: 8.4 };
  assert.deepEqual(rules.stampLines(at, '1号梯', 'A-1-29 啮合长度', '安师傅', fix, { noPosition: '未取得定位' }),
    ['2026-11-30 09:05:07  安师傅', '1号梯', 'A-1-29 啮合长度', '36.54321, 104.12346 ±9 m']);
  assert.equal(rules.stampLines(at, '', '', '', null, { noPosition: '未取得定位' })[3], '未取得定位');
});

test('a file written just now is the camera\'s, an older one the album\'s', () => {
  assert.deepEqual([[1000, 2000], [0, 900000]].map((pair) => rules.sourceOf(...pair, 120000)), ['camera', 'gallery']);
});

/* A JPEG of nothing but an EXIF with one time. */
function exif(text, little) {
  const view = new DataView(new ArrayBuffer(120));
  const order = (at, value, bytes) => (bytes === 2 ? view.setUint16(at, value, little) : view.setUint32(at, value, little));
  view.setUint16(0, 0xffd8); view.setUint16(2, 0xffe1); view.setUint16(4, 110); view.setUint32(6, 0x45786966);
  view.setUint16(12, little ? 0x4949 : 0x4d4d); order(14, 42, 2); order(16, 8, 4);
  order(20, 1, 2); order(22, 0x8769, 2); order(24, 4, 2); order(26, 1, 4); order(30, 30, 4);
  order(42, 1, 2); order(44, 0x9003, 2); order(46, 2, 2); order(48, 20, 4); order(52, 60, 4);
  [...text].forEach((letter, place) => view.setUint8(72 + place, letter.charCodeAt(0)));
  return view;
}

test('the time of a photo\'s own file is read in both byte orders', () => {
  [true, false].forEach((little) => assert.equal(exifText(exif('2026:11:30 09:05:07', little)), '2026:11:30 09:05:07'));
  assert.equal(timeIn('2026:11:30 09:05:07').getTime(), new Date(2026, 10, 30, 9, 5, 7).getTime());
  assert.equal(timeIn('0000:00:00 00:00:00'), null);
  assert.equal(exifText(new DataView(new Uint8Array([0x89, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).buffer)), '');
});
