/* What the floor page sends: everything in one lane, in order. */
import * as rules from './fill-rules.js';
import * as view from './fill-view.js';
import * as outbox from './outbox.js';
import { FLOOR } from './outbox-rules.js';

const LONGEST = 4000;  // ms that whoever stands at the scale waits for a verdict
let messages = 0;

export function now() { return new Date().toISOString(); }

/* How many messages went out or were answered: whatever was asked before another one is too old to go by. */
export function age() { return messages; }

/* `queues`: whether this kind of message may say that it waited. Whoever stood before the page has seen the
   answer; what was answered long after stays on the list until somebody looked. */
export function send(method, path, json, queues, act) {
  messages += 1;
  const message = { lane: FLOOR, method: method, path: path, json: json, queues: queues };
  if (path === '/fills') { message.longest = LONGEST; }
  outbox.send(message).then((answer) => {
    messages += 1;
    act(answer);
    if (!answer.message.tries) { outbox.dismiss(answer.message); }
  });
}

export function isRefused(answer) {
  if (answer.status < 400) { return false; }
  view.verdict(null, rules.words(answer.json).all, []);
  return true;
}
