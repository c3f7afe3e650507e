import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, missing, recordOf } from '../../static/js/check-rules.js';

const VALUES = {
  kind: ['routine'], day: ['2026-11-30'], began: ['9:05'], ended: ['10:20'],
  'inspector-1-name': ['王监'], 'inspector-1-certificate': ['D001'], 'inspector-2-name': ['李察'],
  'inspector-3-name': [' '], recorder: [''], 'unit-name': ['银杏物业'], roles: ['use'], pieces: ['P1'],
  'finding-1-text': ['无证上岗'], 'finding-1-rule': ['law_40'], 'finding-1-piece': ['P1'],
  'finding-2-text': [' '], 'finding-10-text': ['无档案'], 'finding-10-put_right': ['1'],
  measures: ['order'], answer: ['signed'], signer: ['张总']
};

test('a time of the day of the check is an instant on site', () => {
  assert.equal(instant('2026-11-30', '9:05'), '2026-11-30T09:05:00+08:00');
  assert.equal(instant('2026-11-30', ''), '');
  assert.equal(instant('', '09:05'), '');
});

test('the form becomes the record that the server takes', () => {
  const record = recordOf(VALUES, 'U1');
  assert.deepEqual(record.inspectors, [
    { name: '王监', certificate: 'D001' }, { name: '李察', certificate: '' }
  ]);
  assert.deepEqual(record.findings, [
    { text: '无证上岗', rule: 'law_40', rule_text: '', piece: 'P1', put_right: false },
    { text: '无档案', rule: '', rule_text: '', piece: null, put_right: true }
  ]);
  assert.equal(record.unit.name, '银杏物业');
  assert.equal('replaces' in record, false);
  assert.equal(recordOf({ ...VALUES, replaces: ['C1'], reason: ['漏写'] }, 'U1').reason, '漏写');
});

test('what is missing is told before anything is sent', () => {
  const all = ['unit', 'inspector-1', 'inspector-2'], change = (more) => recordOf({ ...VALUES, ...more }, 'U1');
  const whole = change({ 'finding-10-rule': ['law_35'] });
  assert.deepEqual(missing(whole, all, 2, 0), []);
  assert.deepEqual(missing(change({}), all, 2, 0), ['rules']);
  assert.deepEqual(missing(change({ began: [''] , measures: [] }), all, 2, 0), ['times']);
  assert.deepEqual(missing(change({ 'inspector-2-name': ['王监'], measures: [] }), all, 2, 0), ['inspectors']);
  assert.deepEqual(missing(whole, ['unit', 'inspector-1'], 2, 0), ['signatures']);
  assert.deepEqual(missing(whole, ['inspector-1', 'inspector-2'], 2, 0), ['signer']);
  assert.deepEqual(missing(change({ answer: ['refused'], measures: [] }), all, 2, 0), ['witness']);
  assert.deepEqual(missing(change({ answer: ['paper'], measures: [] }), [], 2, 0), ['paper']);
  assert.deepEqual(missing(change({ answer: ['paper'], measures: [] }), [], 2, 1), []);
  assert.deepEqual(missing(change({ answer: [], measures: [] }), [], 2, 0), ['answer']);
});
