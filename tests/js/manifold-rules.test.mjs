import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled, celsius, mayStart, named, nextFault, numbers } from '../../static/js/manifold-rules.js';

const on = (...hooks) => hooks.map((hook, place) => ({ hook: hook, name: '瓶' + (place + 1) }));

test('gas flows only when every bottle is in order', () => {
  const cases = [
    [[], false],
    [['ready'], true],
    [['ready', 'ready', 'off'], true],
    [['ready', 'red'], false],
    [['ready', 'unchecked'], false],
    [['off'], false],
    [['red'], false]
  ];
  cases.forEach(([hooks, may]) => assert.equal(mayStart(on(...hooks)), may, hooks.join()));
});

test('what is taken off does not count', () => {
  assert.deepEqual(numbers(on('ready', 'off', 'red', 'ready')), { ready: 2, unchecked: 0, red: 1, on: 0 });
  assert.equal(named(on('red', 'ready', 'red'), 'red'), '瓶1、瓶3');
});

test('a bundle names the cylinders in it', () => {
  const members = [{ name: '瓶7' }, { name: '瓶8' }];
  assert.equal(bundled(members, '集格 {n} 只：{bottles}'), '集格 2 只：瓶7、瓶8');
  assert.deepEqual([bundled([], '{n}'), bundled(undefined, '{n}')], ['', '']);
});

test('a temperature is read as it is typed', () => {
  const cases = [
    ['15', 150], ['-3.5', -35], ['－３．５', -35], ['0', 0], ['20,5', 205], [' 8 ', 80], ['–2', -20],
    ['', null], ['293', null], ['15.25', null], ['warm', null], ['99', null], ['-60', null], ['1e1', null]
  ];
  cases.forEach(([text, tenths]) => assert.equal(celsius(text), tenths, text));
});

test('taps go round the faults and back to none', () => {
  const faults = ['Q03', 'Q01'];
  assert.deepEqual(['', 'Q03', 'Q01'].map((now) => nextFault(faults, now)), ['Q03', 'Q01', '']);
  assert.equal(nextFault(faults, undefined), 'Q03');
});
