/* What 录入清单 decides (static/js/enter-rules.js). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { following } from '../../static/js/enter-rules.js';

test('the last digits of a report number count on, with their zeros and whatever stands behind them', () => {
  const cases = [
    ['DTJ-2026-0008', 'DTJ-2026-0009'], ['DTJ-2026-0099', 'DTJ-2026-0100'], ['999', '1000'],
    ['2026第007号', '2026第008号'], ['甘检', ''], ['', ''], ['12345678901234567899', '12345678901234567900']
  ];
  assert.deepEqual(cases.map(([number]) => following(number)), cases.map((one) => one[1]));
});
