/* 合格证 of the bottle that has just passed: printed in one tap, or the next number of the roll confirmed. It
   stands beside the scan box until the next scan; nothing waits for it. */
import * as view from './fill-view.js';
import { isRefused, now, send } from './fill-send.js';

export function offerLabel(fill, plan) {
  if (plan.mode === 'printed') {
    view.add('label-print');
    const form = view.find('[data-label-print]');
    const path = form.dataset.labelPrint;
    form.action = path.replace('EQUIPMENT', fill.equipment_id).replace('FILL', fill.fill_id);
    form.addEventListener('submit', () => { setTimeout(view.clear, 0); });
    return;
  }
  view.add('label-number');
  const box = view.find('[data-label-number]'), stuck = view.find('[data-label-stuck]');
  box.value = plan.next;
  stuck.addEventListener('click', () => {
    const number = box.value.trim();
    if (!number) { box.focus(); return; }
    stuck.disabled = true;
    const label = { number: number, happened_at: now() };
    send('PUT', '/fills/' + fill.fill_id + '/label', label, false, (answer) => {
      if (!isRefused(answer)) { plan.next = answer.json.next_number; }
    });
    plan.next = after(number);
    view.clear();
  });
}

/* The number that comes next, until the server says which. */
function after(number) {
  const digits = /\d+$/.exec(number);
  if (!digits) { return number; }
  const next = String(Number(digits[0]) + 1).padStart(digits[0].length, '0');
  return number.slice(0, digits.index) + next;
}
