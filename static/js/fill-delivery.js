/* 收瓶: the first scan begins a delivery; what it holds, the server counts. */
import * as rules from './fill-rules.js';
import { isRefused, now, send } from './fill-send.js';
import * as view from './fill-view.js';
import * as outbox from './outbox.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;
let delivery = null, whose = '';

export function receive(text) {
  if (!delivery) {
    delivery = { delivery_id: outbox.uuid(), counts: {} };
    const begun = { delivery_id: delivery.delivery_id, happened_at: now() };
    send('POST', '/deliveries', begun, false, isRefused);
  }
  const scan = { scan_id: outbox.uuid(), code: text, delivery_id: delivery.delivery_id, happened_at: now() };
  send('POST', '/scans', scan, true, (answer) => {
    if (isRefused(answer)) { return; }
    view.verdict(answer.json.allowed, rules.bottleName(answer.json.equipment, text), answer.json.reasons);
    sums();
    countDelivery();
  });
}

export function sums() {
  view.add('received', true);
  root.querySelectorAll('[data-sort]').forEach((place) => {
    place.textContent = (delivery && delivery.counts[place.dataset.sort]) || 0;
  });
  view.find('[data-delivery]').hidden = !delivery;
  view.find('[data-from-whom]').value = whose;
}

/* What this device is unloading, also after a reload. */
export function countDelivery() {
  outbox.request({ method: 'GET', path: '/deliveries/open', owner: '' }).then((answer) => {
    const known = answer.json || {};
    if (answer.status !== 200 || (delivery && known.delivery_id !== delivery.delivery_id)) { return; }
    delivery = known.delivery_id ? known : null;
    const place = view.find('[data-delivery]');
    if (place) {
      place.remove();
      view.find('.counts').remove();
      sums();
    }
  });
}

/* Whether it was closed: not before somebody said whose bottles they were. */
export function closeDelivery() {
  if (!whose.trim()) {
    window.tracker.say(words.textWhose, true);
    view.find('[data-from-whom]').focus();
    return false;
  }
  const path = '/deliveries/' + delivery.delivery_id;
  send('PUT', path, { from_whom: whose.trim(), happened_at: now() }, false, (answer) => {
    if (!isRefused(answer)) { window.tracker.say(words.textDelivered); }
  });
  delivery = null;
  whose = '';
  view.clear();
  sums();
  return true;
}

root.addEventListener('input', (event) => {
  if (event.target.hasAttribute('data-from-whom')) { whose = event.target.value; }
});
