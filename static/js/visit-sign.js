/* A signature with finger, pen or mouse, or the photo of a paper record: it stands in the outbox before
   anything is sent, and waits there without a signal. */
import './offline.js';
import * as outbox from './outbox.js';
import { isSignatureOf, reason, signatureMessage } from './outbox-rules.js';
import { smaller } from './photo.js';
import { signaturePad } from './signature-pad.js';

const root = document.querySelector('[data-signing]');
if (root) { begin(root, root.dataset); }

function begin(root, words) {
  const drawn = root.querySelector('[data-sign-form]'), paper = root.querySelector('[data-paper-form]');
  if (drawn) { listen(drawn, words); }
  if (paper) {
    paper.addEventListener('submit', (event) => {
      event.preventDefault();
      const signer = paper.elements.signer_id, file = paper.elements.photo.files[0];
      const send = (blob) => keep(words, 'paper', signer ? signer.value : '',
        { name: 'photo', value: blob, file: 'paper.jpg' });
      smaller(file).then(send, () => send(file));  // what this phone cannot read the server may
    });
  }
  outbox.watch((event) => {
    if (event.type === 'changed') { drawWaiting(root, words); }
    if (!event.message || !isSignatureOf(event.message, words.visit)) { return; }
    if (event.type === 'held') { window.tracker.say(words.textHeld); }
    if (event.type !== 'answered') { return; }
    if (event.response.status === 200) {
      window.location.reload();
    } else {
      window.tracker.say(reason(event.response.status, event.response.json), true);
    }
  });
  outbox.ready.then(() => drawWaiting(root, words));
}

/* While a signature waits nobody is asked to sign once more. */
function drawWaiting(root, words) {
  const waits = outbox.waiting().some((message) => isSignatureOf(message, words.visit));
  root.querySelector('[data-sign-waits]').hidden = !waits;
  root.querySelector('[data-sign-now]').hidden = waits;
}

function keep(words, how, signer, image) {
  const parts = [{ name: 'message_id', value: outbox.uuid() }, { name: 'signer_id', value: signer }, image];
  const message = signatureMessage(words.visit, words.lift, how, parts);
  outbox.send(Object.assign(message, { owner: words.person }));
}

function listen(form, words) {
  const submit = form.querySelector('[data-sign]');
  const pad = signaturePad(form.querySelector('[data-canvas]'), () => { submit.disabled = pad.isEmpty(); });
  form.querySelector('[data-clear]').addEventListener('click', () => pad.clear());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    pad.blob().then((blob) => keep(words, 'signature', form.elements.signer_id.value,
      { name: 'drawing', value: blob, file: 'signature.png' }));
  });
}
