/* 挂牌: the scan of a plate goes out with how it was read and where the phone is; who says no to that goes on
   without. */
import { HOW, isAsked, whereAmI } from './position.js';

function add(form, name, value) {
  const field = document.createElement('input');
  Object.assign(field, { type: 'hidden', name: name, value: value });
  form.append(field);
}

document.querySelectorAll('[data-hang]').forEach((form) => {
  let going = false;
  form.addEventListener('scan', (event) => {
    event.preventDefault();
    if (going) { return; }
    going = true;
    const text = event.detail.text;
    add(form, 'how', HOW[event.detail.source] || '');
    if (isAsked) { window.tracker.say(form.dataset.textLocating); }
    whereAmI().then((here) => {
      Object.entries(here || {}).forEach(([name, value]) => add(form, name, value));
      form.querySelector('[data-scan-box]').value = text;
      form.submit();
    });
  });
});
