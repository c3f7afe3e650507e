import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readings } from '../../static/js/scan-rules.js';

function came(...readingsOf) {
  const read = readings();
  return readingsOf.map(([text, now, source]) => (text === 'tap' ? read.forget() : read.take(text, source || 'typed', now)));
}

test('a gun that fires twice has scanned once, and says so', () => {
  assert.deepEqual(came(['A', 0], ['A', 180], ['A', 1999]), ['scan', 'again', 'again']);
});

test('two seconds after the scan the same code is meant, however often it was read meanwhile', () => {
  assert.deepEqual(came(['A', 0], ['A', 1900], ['A', 2000]), ['scan', 'again', 'scan']);
});

test('after a tap the same code is meant at once, and its double is none', () => {
  assert.deepEqual(came(['A', 0], ['tap'], ['A', 400], ['A', 600]), ['scan', undefined, 'scan', 'again']);
});

test('another bottle in between makes the first one meant again', () => {
  assert.deepEqual(came(['A', 0], ['B', 300], ['A', 600]), ['scan', 'scan', 'scan']);
});

test('a label held before the camera is one scan, also after a tap', () => {
  const held = [0, 160, 320, 900, 1800, 2600, 3500].map((now) => ['A', now, 'camera']);
  assert.deepEqual(came(...held), ['scan', 'held', 'held', 'held', 'held', 'held', 'held']);
  assert.deepEqual(came(['A', 0, 'camera'], ['tap'], ['A', 160, 'camera'], ['A', 320, 'camera']), ['scan', undefined, 'held', 'held']);
});

test('a label that left the sight of the camera and came back is meant', () => {
  assert.deepEqual(came(['A', 0, 'camera'], ['A', 1200, 'camera'], ['A', 2300, 'camera']), ['scan', 'again', 'scan']);
  assert.deepEqual(came(['A', 0, 'camera'], ['tap'], ['A', 1200, 'camera']), ['scan', undefined, 'scan']);
});
