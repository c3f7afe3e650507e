/* The numbers of the reports that this phone sent, whichever page sent them: whoever wrote one without a
   signal reads his number the next time he opens a public page. */
import * as outbox from './outbox.js';

const KEY = 'report_numbers', MOST = 5;

export function numbers() {
  try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch (broken) { return []; }
}

function keep(list) {
  try { localStorage.setItem(KEY, JSON.stringify(list.slice(-MOST))); } catch (full) { return; }
}

export function forget(number) { keep(numbers().filter((one) => one.number !== number)); }

/* The number in the answer to a report; '' of every other message. */
export function numberOf(event) {
  const json = event.message.open && event.response.json;
  return (json && json.number) || '';
}

outbox.watch((event) => {
  const number = event.type === 'answered' && numberOf(event);
  if (!number || numbers().some((one) => one.number === number)) { return; }
  keep(numbers().concat([{ number: number, url: event.response.json.url }]));
});
