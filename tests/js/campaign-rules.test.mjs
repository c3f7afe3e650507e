/* What a check of a campaign becomes on the phone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as rules from '../../static/js/campaign-rules.js';

test('an item tapped twice is in order again, and a draft without anything is none', () => {
  const begun = rules.toggled(rules.draftOf([], ''), 3);
  assert.deepEqual(begun.items, { 3: { text: '', put_right: false } });
  assert.deepEqual([rules.isEmpty(begun), rules.isEmpty(rules.toggled(begun, 3))], [false, true]);
  assert.equal(rules.isEmpty({ items: {}, note: 'x', also: [] }), false);
  assert.equal(rules.isEmpty({ items: {}, note: '', also: ['r'] }), false);
});

test('what is not in order goes in the order of the table, with what was seen', () => {
  const draft = rules.draftOf([{ item: 12, text: ' 无证 ', put_right: true }, { item: 2, text: '' }], ' 复查 ');
  assert.deepEqual(rules.failedOf(draft), [
    { item: 2, text: '', put_right: false }, { item: 12, text: '无证', put_right: true }
  ]);
  assert.deepEqual(rules.messageOf('r', 'faulty', draft, null, 't', 'm'), {
    message_id: 'm', row: 'r', outcome: 'faulty', happened_at: 't', note: '复查',
    failed: rules.failedOf(draft), why: null, also: []
  });
});

test('all in order and not there name no items; only what is not there has a reason', () => {
  const draft = Object.assign(rules.draftOf([{ item: 1 }], ''), { also: ['other'] });
  const sound = rules.messageOf('r', 'sound', draft, 'stopped', 't', 'm');
  assert.deepEqual([sound.failed, sound.why, sound.also], [[], null, ['other']]);
  const absent = rules.messageOf('r', 'absent', draft, 'stopped', 't', 'm');
  assert.deepEqual([absent.failed, absent.why], [[], 'stopped']);
});

test('what cannot be read is no draft', () => {
  const kept = rules.draftOf([{ item: 1, text: 'a' }], 'b');
  assert.deepEqual(rules.read(JSON.stringify(kept)), kept);
  assert.deepEqual(['', 'null', '{', '{"items":{}}'].map(rules.read), [null, null, null, null]);
});
