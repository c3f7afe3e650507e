/* What is measured beside weight or pressure: the temperature of the gas with the pressure it may have there,
   the empty weight, the second weighing, the rest of acetylene between two steps. */
import { amount, mostKpa } from './fill-rules.js';
import { askSecond } from './fill-second.js';
import * as view from './fill-view.js';
import { celsius } from './manifold-rules.js';

const root = document.querySelector('[data-fill]'), words = root.dataset, WARM = 20;
const config = JSON.parse(words.config);
let pending = null;

/* "最高 14.74 MPa（15 °C）" of this bottle; '' where nothing limits it. */
export function mostText(limit, tenths) {
  if (!limit) { return ''; }
  const degrees = limit.corrected ? (tenths === null ? limit.reference_c : tenths / 10) : null;
  const most = (Math.floor(mostKpa(limit, tenths) / 10) / 100).toString();
  const text = degrees === null ? words.textMost : words.textMostAt.replace('{celsius}', degrees);
  return text.replace('{mpa}', most) + (limit.verified ? '' : ' · ' + words.textUnverified);
}

function group(fill) { return config.gases[fill.gas].group; }

/* The extra boxes of the weighing panel, for this bottle. */
export function showExtra(fill, unit) {
  const panel = view.find('.fill-weigh');
  panel.querySelector('[data-celsius-box]').hidden = unit !== 'MPa';
  panel.querySelector('[data-empty-box]').hidden = unit !== 'kg' || group(fill) === 'lpg';
  panel.querySelector('[data-rest]').hidden = group(fill) !== 'acetylene' || fill.state === 'overfilled';
  panel.querySelector('#celsius').value = fill.celsius || '';
  panel.querySelector('#empty').value = fill.empty || '';
  draw(fill, unit);
}

export function draw(fill, unit) {
  if (unit !== 'MPa') { return; }
  const typed = view.find('#celsius').value;
  view.find('[data-highest]').textContent = mostText(fill.limit, typed ? celsius(typed) : null);
}

/* What was typed there, as the message has it; `fault` is what is wrong with it, in words. */
export function extra(fill, unit) {
  const warm = view.find('#celsius').value.trim(), empty = view.find('#empty').value.trim(), values = {};
  if (unit === 'MPa' && warm) {
    values.temperature_dc = celsius(warm);
    if (values.temperature_dc === null) { return { fault: words.textCelsius.replace('{typed}', warm) }; }
  }
  if (unit === 'kg' && empty) {
    values.empty_g = amount(empty, config.most.kg);
    const text = words.textNoAmount.split('{typed}').join(empty).replace('{unit}', 'kg');
    if (values.empty_g === null) { return { fault: text.replace('{most}', config.most.kg + ' kg') }; }
  }
  return { values: values };
}

/* An empty weight below the tare is asked: read again, or it is so. */
export function belowTare(fill, text, again) {
  view.clear();
  view.add('below');
  view.find('[data-below-text]').textContent = text;
  pending = { again: again };
}

/* 逐瓶复秤: the second weight, on another scale or by another person; `act` sends what is then known. */
export function isWeighedAgain(fill) { return config.weighed_again.indexOf(group(fill)) >= 0; }

export function reweigh(fill, result, act) {
  view.clear();
  view.add('reweigh');
  const list = view.find('[data-second-scales]');
  config.scales.filter((scale) => scale.bay !== fill.bay).forEach((scale) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'big';
    button.dataset.secondScale = scale.number;
    button.textContent = words.textSecondScale.replace('{scale}', scale.name + ' ' + scale.number);
    list.appendChild(button);
  });
  view.find('#reweigh').focus({ preventScroll: true });
  pending = { fill: fill, result: result, act: act };
}

function weighedAgain(more, isSecondPerson) {
  const typed = view.find('#reweigh').value.trim(), grams = amount(typed, config.most.kg);
  if (grams === null) {
    window.tracker.say(typed ? words.textNoAmount.split('{typed}').join(typed).replace('{unit}', 'kg')
      .replace('{most}', config.most.kg + ' kg') : words.textNumber, true);
    return;
  }
  const step = pending, result = Object.assign({}, step.result, { recheck_g: grams }, more);
  if (!isSecondPerson) { step.act(result, null); return; }
  askSecond({
    method: 'PUT', path: '/fills/' + step.fill.fill_id + '/result', json: result, field: 'rechecker',
    done: (json) => step.act(result, json), kept: () => step.act(result, null, true)
  });
}

root.addEventListener('focusin', (event) => {
  const pad = event.target.closest('.fill-weigh') && root.querySelector('.fill-weigh [data-keypad]');
  if (pad && /^(amount|empty|celsius)$/.test(event.target.id)) { pad.dataset.keypad = event.target.id; }
});
root.addEventListener('click', (event) => {
  const scale = event.target.closest('[data-second-scale]');
  const warmer = event.target.closest('[data-warmer], [data-cooler]');
  if (scale) { weighedAgain({ recheck_instrument: scale.dataset.secondScale }, false); }
  if (event.target.closest('[data-second-weigher]')) { weighedAgain({}, true); }
  if (event.target.closest('[data-below-so]') && pending) { pending.again(); }
  if (warmer) {
    const place = root.querySelector('#celsius'), tenths = celsius(place.value);
    const by = warmer.hasAttribute('data-warmer') ? 1 : -1;
    place.value = String(tenths === null ? WARM : tenths / 10 + by);
    place.dispatchEvent(new Event('input', { bubbles: true }));
  }
});
