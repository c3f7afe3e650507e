/* What is decided about pages without a signal (static/js/offline-rules.js). */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import '../../static/js/offline-rules.js';

const rules = globalThis.offlineRules;
const LIFT = '01939b1c-7d2e-7aaa-8bbb-0123456789ab', VISIT = '01939b1c-7d2e-7aaa-8bbb-ba9876543210';
const NOW = Date.parse('2026-11-29T10:00:00Z'), MINUTE = 60000;

test('a page is kept by its address, and pages of a bay with the bay in their query, no other with one', () => {
  const cases = [
    ['/visits/today', '', true],
    ['/visits/today', '?whose=all', false],
    [`/visits/start/${LIFT}`, '', true],
    [`/visits/start/${LIFT}/checklist`, '', true],
    [`/visits/${LIFT}/${VISIT}`, '', true],
    [`/visits/${LIFT}/${VISIT}`, '?view=record', false],
    [`/visits/${LIFT}/${VISIT}/answers`, '', false],
    ['/floor', '', true],
    ['/floor', '?x=1', false],
    ['/floor/manifold', '?bay=5%E5%8F%B7&gas=O2', true],
    ['/floor/vehicle', '?bay=5&gas=CNG', true],
    ['/floor/manifold', '', false],
    ['/floor/manifold', '?bay=5&gas=O2&x=1', false],
    ['/floor/other', '?bay=5&gas=O2', false],
    ['/places/run', '', true],
    [`/places/run/${VISIT}`, '', true],
    ['/places/run/phone', '', false],
    ['/walks', '', true],
    [`/walks/${VISIT}`, '', true],
    ['/walks/settle', '', false],
    ['/campaigns', '', true],
    [`/campaigns/lists/${VISIT}`, '', true],
    [`/campaigns/${VISIT}`, '', false],
    ['/campaigns/all', '', false],
    [`/walks/${VISIT}/enter`, '', false],
    ['/places', '', false],
    ['/visits', '', false],
    ['/visits/late', '', false],
    ['/', '', false],
    ['/me', '', false],
    ['/api/v1/ping', '', false],
    [`/T/${LIFT}`, '', false]
  ];
  assert.deepEqual(cases.map(([path, search]) => rules.isPage(path, search)), cases.map((one) => one[2]));
});

test('signing out ends what is kept, signing in may, nothing else does', () => {
  const cases = [
    ['POST', '/sign-out', 'out'], ['POST', '/sign-out/everywhere', 'out'], ['POST', '/sign-in', 'in'],
    ['GET', '/sign-out', ''], ['GET', '/sign-in', ''], ['POST', '/visits/swipe', '']
  ];
  assert.deepEqual(cases.map(([method, path]) => rules.session(method, path)), cases.map((one) => one[2]));
});

test('the pages of one person stand alone, and the files of the last version stay for his older pages', () => {
  const names = ['files:a', 'pages:anna', 'files:b', 'pages:bo', 'files:c', 'strange'];
  assert.deepEqual(rules.othersPages(names, 'anna'), ['pages:bo']);
  assert.deepEqual(rules.othersPages(names, ''), ['pages:anna', 'pages:bo']);
  assert.deepEqual(rules.oldFiles(names, 'c'), ['files:a']);
  assert.deepEqual(rules.oldFiles(['files:c'], 'c'), []);
  assert.equal(rules.inVersion('/static/0123456789ab/js/visit.js', 'ba9876543210'),
    '/static/ba9876543210/js/visit.js');
});

test('a page is asked for again after ten minutes, and when its time lies ahead', () => {
  const cases = [[0, true], [NOW, false], [NOW - 10 * MINUTE, false], [NOW - 11 * MINUTE, true],
    [NOW + MINUTE, true]];
  assert.deepEqual(cases.map(([at]) => rules.isStale(at, NOW)), cases.map((one) => one[1]));
});

test('what stands on no list is forgotten with its notes', () => {
  const page = `/visits/${LIFT}/${VISIT}`;
  assert.deepEqual(
    rules.unlisted(['/visits/today', page, `${page}/notes`, '/visits/start/x'], ['/visits/today', page]),
    ['/visits/start/x']
  );
});

test('a page from the phone says since when it stands', () => {
  assert.equal(rules.stamped('<!doctype html>\n<html lang="zh">\n<head>', NOW),
    '<!doctype html>\n<html data-offline="2026-11-29T10:00:00.000Z" lang="zh">\n<head>');
});

test('a message that was taken names the page to keep anew', () => {
  const cases = [
    [`/visits/${VISIT}/answers?lift=${LIFT}`, `/visits/${LIFT}/${VISIT}`],
    [`/visits/${VISIT}/photos?lift=${LIFT}`, `/visits/${LIFT}/${VISIT}`],
    [`/visits/${VISIT}/answers`, ''],
    ['/swipes', ''],
    [`/notes/${VISIT}/bottles`, `/places/run/${VISIT}`],
    [`/walks/${VISIT}/outcomes`, `/walks/${VISIT}`],
    [`/campaigns/${VISIT}/outcomes`, `/campaigns/lists/${VISIT}`]
  ];
  assert.deepEqual(cases.map(([path]) => rules.pageOf({ path: path })), cases.map((one) => one[1]));
});

test('only what was noted after the page was kept is laid over it, in its order', () => {
  const notes = {
    'A-1-01': { answer: 'ok', happened_at: '2026-11-29T09:00:00Z' },
    'A-1-02': { answer: 'ok', happened_at: '2026-11-29T10:20:00Z' },
    'A-1-03': { answer: 'abnormal', note: '异响', happened_at: '2026-11-29T10:10:00Z' }
  };
  assert.deepEqual(rules.newer(notes, '2026-11-29T10:00:00Z').map((one) => one.code), ['A-1-03', 'A-1-02']);
  assert.deepEqual(rules.newer({}, '2026-11-29T10:00:00Z'), []);
});
