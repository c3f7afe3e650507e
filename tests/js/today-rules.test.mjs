/* The orders of today's list (static/js/today-rules.js). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arranged, metres, pointIn } from '../../static/js/today-rules.js';

const FAR = { district: '平川区', site: '乙小区', at: [36.7, 104.8] };
const NEAR = { district: '白银区', site: '甲小区', at: [36.54, 104.17] };
const NONE = { district: '白银区', site: '甲小区', at: null };
const JOBS = [FAR, NEAR, NONE];

test('a point is two numbers or none', () => {
  assert.deepEqual(pointIn('36.5,104.1'), [36.5, 104.1]);
  assert.equal(pointIn(''), null);
  assert.equal(pointIn('36.5'), null);
  assert.equal(pointIn('x,y'), null);
});

test('a degree of latitude is about 111 km', () => {
  assert.equal(Math.round(metres([36, 104], [37, 104]) / 1000), 111);
});

test('the nearest one next, those without a position last', () => {
  assert.deepEqual(arranged(JOBS, 'near', [36.55, 104.18], '位置待补'), [
    { heading: '', places: [1, 0] }, { heading: '位置待补', places: [2] }
  ]);
  assert.deepEqual(arranged([NONE], 'near', null, '位置待补'), [{ heading: '位置待补', places: [0] }]);
  assert.deepEqual(arranged([FAR, NEAR], 'near', null, ''), [{ heading: '', places: [0, 1] }]);
});

test('districts and sites under their headings, urgency as it came', () => {
  assert.deepEqual(arranged(JOBS, 'district', null, ''), [
    { heading: '平川区', places: [0] }, { heading: '白银区', places: [1, 2] }
  ]);
  assert.deepEqual(arranged(JOBS, 'site', null, '').map((group) => group.heading), ['乙小区', '甲小区']);
  assert.deepEqual(arranged(JOBS, 'urgency', null, ''), [{ heading: '', places: [0, 1, 2] }]);
});
