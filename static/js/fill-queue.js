/* The outbox as the floor page uses it: its messages go out in order, marked as queued where the record knows the word. */
import * as outbox from './outbox.js';
import { FLOOR } from './outbox-rules.js';

let heard = () => undefined;

/* `late`: whether this kind of message may say that it waited. `act(answer, job)` is called once it was answered. */
function send(method, path, body, late, act) {
  outbox.send({ lane: FLOOR, method: method, path: path, json: body, queues: late }).then((answer) => {
    if (!act) { return; }
    act(answer, answer.message);
    // Whoever stood before the page has seen the answer; what was answered long after stays on the list until somebody looked.
    if (!answer.message.tries) { outbox.dismiss(answer.message); }
  });
}

outbox.watch((event) => {
  const about = event.message && event.message.lane === FLOOR;
  if (event.type === 'changed' || about) { heard(outbox.length(), event.response || null, event.type === 'answered' || !about ? undefined : event.message); }
});

window.fillQueue = {
  send: send, get: (path) => outbox.request({ method: 'GET', path: path, owner: '' }).then(reached), uuid: outbox.uuid,
  token: () => outbox.tokenOf(''), enrolled: outbox.enrolled, listen: (act) => { heard = act; }, length: outbox.length,
  left: outbox.ready.then(() => outbox.length() > 0)
};

function reached(answer) {
  if (!answer.json) { throw new Error('no answer'); }
  return answer;
}
