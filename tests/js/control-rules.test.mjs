import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlOf, lacking, siteDay } from '../../static/js/control-rules.js';

const AT = Date.parse('2026-11-30T23:10:00Z');  // ten past seven of the first of December on site
const PAGE = { category: 'elevator', on: '', list: '2', replaces: '' };
const NOTHING = { found: ['nothing'], officer: ['李安 '], period: ['morning'], weather: [''], note: [''] };
const PROBLEM = {
  officer: ['李安'], 'problem-1-text': ['门锁失效'], 'problem-1-item': ['层门'], 'problem-1-piece': ['P1'],
  'problem-1-grade': ['serious'], 'problem-1-stopped': ['no'], 'problem-1-why_not': ['唯一通道'],
  'problem-2-text': [' '], 'problem-2-grade': ['general']
};

test('a day is the site’s, whatever zone the phone is set to', () => {
  assert.equal(siteDay(Date.parse('2026-11-30T15:59:59Z')), '2026-11-30');
  assert.equal(siteDay(Date.parse('2026-11-30T16:00:00Z')), '2026-12-01');
});

test('three taps become the control that the server takes', () => {
  assert.deepEqual(controlOf(NOTHING, PAGE, AT), {
    category: 'elevator', on: '2026-12-01', made_at: '2026-11-30T23:10:00.000Z', nothing_found: true,
    officer: '李安', period: 'morning', weather: '', note: '', is_paper: false, problems: [], list_version: 2
  });
  const late = controlOf(NOTHING, { ...PAGE, on: '2026-11-20', list: '' }, AT);
  assert.deepEqual([late.on, 'list_version' in late, 'replaces' in late], ['2026-11-20', false, false]);
  const again = controlOf({ ...NOTHING, reason: ['误记'] }, { ...PAGE, replaces: 'C1' }, AT);
  assert.deepEqual([again.replaces, again.reason], ['C1', '误记']);
});

test('a problem says whether its piece was stopped where it is serious alone', () => {
  const [problem, ...others] = controlOf(PROBLEM, PAGE, AT).problems;
  assert.deepEqual(problem, {
    text: '门锁失效', item: '层门', piece: 'P1', grade: 'serious', stopped: false, why_not: '唯一通道',
    put_right: false
  });
  assert.deepEqual(others, []);
  const general = controlOf({ ...PROBLEM, 'problem-1-grade': ['general'] }, PAGE, AT).problems[0];
  assert.deepEqual([general.stopped, general.why_not], [null, '']);
  assert.equal(controlOf({ ...PROBLEM, found: ['nothing'] }, PAGE, AT).nothing_found, false);
});

test('what is missing is told before anything is sent', () => {
  const lacks = (values, photos = 0, named = true, page = PAGE) => (
    lacking(controlOf(values, page, AT), photos, named)
  );
  assert.deepEqual(lacks(NOTHING), []);
  assert.deepEqual(lacks({ officer: ['李安'] }), ['found']);
  assert.deepEqual(lacks({ ...NOTHING, officer: [' '] }), ['officer']);
  assert.deepEqual(lacks(PROBLEM), []);
  assert.deepEqual(lacks({ ...PROBLEM, 'problem-1-stopped': [] }), ['stopped']);
  assert.deepEqual(lacks({ ...PROBLEM, 'problem-1-why_not': [''] }), ['why']);
  assert.deepEqual(lacks({ ...PROBLEM, 'problem-1-text': [''] }), ['text']);
  assert.deepEqual(lacks({ ...PROBLEM, 'problem-1-piece': [''] }), ['piece']);
  assert.deepEqual(lacks({ ...PROBLEM, 'problem-1-piece': [''] }, 0, false), []);
  assert.deepEqual(lacks({ ...NOTHING, is_paper: ['1'] }), ['photo']);
  assert.deepEqual(lacks({ ...NOTHING, is_paper: ['1'] }, 1), []);
  assert.deepEqual(lacks(NOTHING, 0, true, { ...PAGE, replaces: 'C1' }), ['reason']);
});
