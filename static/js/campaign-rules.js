/* What is decided about a check of a campaign on the phone, without a browser: what its draft holds, and the
   message that it becomes. Tested by tests/js/. */

/* An empty draft, or what is on record already. */
export function draftOf(failed, note) {
  const items = {};
  failed.forEach((one) => { items[one.item] = { text: one.text || '', put_right: Boolean(one.put_right) }; });
  return { items: items, note: note || '', also: [] };
}

/* Nothing was begun: such a draft need not be kept. */
export function isEmpty(draft) {
  return !Object.keys(draft.items).length && !draft.note && !draft.also.length;
}

/* The draft with an item tapped once more: not in order, or in order after all. */
export function toggled(draft, item) {
  const items = Object.assign({}, draft.items);
  if (items[item]) { delete items[item]; } else { items[item] = { text: '', put_right: false }; }
  return Object.assign({}, draft, { items: items });
}

/* The items that are not in order, in the order of the table. */
export function failedOf(draft) {
  return Object.keys(draft.items).map(Number).sort((a, b) => a - b).map((item) => (
    { item: item, text: draft.items[item].text.trim(), put_right: draft.items[item].put_right }
  ));
}

/* The message of a check; by exception: what is not named was in order. */
export function messageOf(row, outcome, draft, why, at, id) {
  const isFaulty = outcome === 'faulty';
  return {
    message_id: id, row: row, outcome: outcome, happened_at: at, note: draft.note.trim(),
    failed: isFaulty ? failedOf(draft) : [], why: outcome === 'absent' ? why : null, also: draft.also.slice()
  };
}

/* A draft as it was stored; null for what cannot be read. */
export function read(text) {
  try {
    const draft = JSON.parse(text);
    return draft && draft.items && Array.isArray(draft.also) ? draft : null;
  } catch (broken) { return null; }
}
