import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, ended } from '../../static/js/manifold-waiting.js';

const ID = 'm-1', OWN = '/manifolds/' + ID;
const items = [{ code: 'P07', asked: true }, { code: 'P05', asked: false }];
const yes = (scan) => ({ fill_id: scan.scan_id, allowed: true, name: '瓶' + scan.code, reasons: [], checks: items });
const no = () => ({ fill_id: null, allowed: false, reasons: [{ code: '', text: '不在清单' }], checks: [] });
const said = (scan) => (scan.passed ? yes(scan) : no(scan));

const begin = { path: '/manifolds', json: { manifold_id: ID, bay: '5', gas: 'O2' } };
const scan = (id, code, passed) => ({ path: '/fills', json: { scan_id: id, code: code, passed: passed, manifold_id: ID } });
const checks = (id, ok) => ({ path: '/fills/' + id + '/checks', json: { checks: { P07: ok } } });
const off = (id) => ({ path: OWN + '/off', json: { bottle: id } });
const start = { path: OWN + '/start', json: { happened_at: '2026-11-29T08:00:00Z' } };
const end = { path: OWN + '/end', json: { failed: {} } };
const fold = (messages, from) => messages.reduce((manifold, one) => after(manifold, one, said), from || null);
const hooks = (manifold) => manifold.bottles.map((one) => one.hook);

const DAY = [begin, scan('a', '1', {}), checks('a', true), scan('b', '2', {}), scan('c', '3'), off('c'), checks('b', true)];

test('bottles are let, looked over and taken off as their messages say', () => {
  const cases = [
    [DAY.slice(0, 2), ['unchecked']],
    [DAY.slice(0, 3), ['ready']],
    [DAY.slice(0, 5), ['ready', 'unchecked', 'red']],
    [DAY.slice(0, 6), ['ready', 'unchecked', 'off']],
    [DAY, ['ready', 'ready', 'off']],
    [[begin, scan('a', '1', {}), checks('a', 'R16')], ['red']],
    [[begin, scan('a', '1', {}), { path: '/fills/a/void', json: {} }], ['off']]
  ];
  cases.forEach(([messages, expected]) => assert.deepEqual(hooks(fold(messages)), expected));
});

test('the same messages again change nothing', () => {
  assert.deepEqual(fold(DAY, fold(DAY)), fold(DAY));
  assert.deepEqual(hooks(fold([scan('d', '1', {})], fold(DAY))), ['ready', 'ready', 'off']);
  assert.deepEqual(hooks(fold([scan('d', '3', {})], fold(DAY))), ['ready', 'ready', 'off', 'unchecked']);
});

test('what belongs to another manifold changes nothing', () => {
  const other = { path: '/fills', json: { scan_id: 'x', code: '9', passed: {}, manifold_id: 'm-2' } };
  assert.deepEqual(fold([other, { path: '/manifolds/m-2/end', json: {} }], fold(DAY)), fold(DAY));
});

test('gas flows, one end takes all, the failed apart', () => {
  const filling = fold(DAY.concat(start));
  assert.deepEqual([filling.state, filling.started_at], ['filling', '2026-11-29T08:00:00Z']);
  const sums = ended(filling, { b: ['Q03'] });
  assert.deepEqual([sums.filled, sums.failed, sums.fills.map((one) => one.id)], [1, 1, ['a', 'b']]);
  assert.equal(fold([end], filling), null);
  assert.equal(fold([{ path: OWN + '/cancel', json: {} }], fold(DAY)), null);
  assert.deepEqual(hooks(fold([begin, scan('e', '7', {})], null)), ['unchecked']);
});
