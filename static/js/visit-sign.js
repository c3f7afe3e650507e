/* A signature with finger, pen or mouse. With a signal its form is posted; without one it waits in the
   outbox. */
import './offline.js';
import * as outbox from './outbox.js';
import { visitLane } from './outbox-rules.js';
import { isReachable } from './phone.js';

const form = document.querySelector('[data-sign-form]');
if (form) { listen(form); }

function listen(form) {
  const canvas = form.querySelector('[data-canvas]'), pen = canvas.getContext('2d');
  const submit = form.querySelector('[data-sign]');
  let at = null;
  Object.assign(pen, { lineWidth: 4, lineCap: 'round', lineJoin: 'round', strokeStyle: '#10243f' });

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) * canvas.width / box.width,
      y: (event.clientY - box.top) * canvas.height / box.height
    };
  }

  canvas.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    at = place(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!at) { return; }
    const to = place(event);
    pen.beginPath();
    pen.moveTo(at.x, at.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    at = to;
    submit.disabled = false;
  });
  ['pointerup', 'pointercancel'].forEach((name) => canvas.addEventListener(name, () => { at = null; }));
  form.querySelector('[data-clear]').addEventListener('click', () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    submit.disabled = true;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit.disabled = true;
    isReachable().then((reachable) => (reachable ? post(form, canvas) : keep(form, canvas)));
  });
  outbox.watch((event) => {
    const isSigned = event.type === 'answered' && event.response.status === 200;
    if (isSigned && event.message.path.indexOf(form.dataset.visit + '/signature') >= 0) {
      window.location.reload();
    }
  });
}

function post(form, canvas) {
  form.querySelector('[data-drawing]').value = canvas.toDataURL('image/png');
  form.submit();
}

function keep(form, canvas) {
  const words = form.dataset;
  canvas.toBlob((blob) => {
    outbox.send({
      lane: visitLane(words.visit), owner: words.person, method: 'POST',
      path: '/visits/' + words.visit + '/signature?lift=' + words.lift,
      parts: [
        { name: 'message_id', value: outbox.uuid() },
        { name: 'signer_id', value: form.elements.signer_id.value },
        { name: 'drawing', value: blob, file: 'signature.png' }
      ]
    });
    window.tracker.say(words.textHeld);
  }, 'image/png');
}
