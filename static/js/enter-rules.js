/* What 录入清单 decides, without a browser. Tested by tests/js/. */

/* The next number of a series: its last digits count on, with their zeros; '' for one without digits, which
   no second piece may have. */
export function following(number) {
  const match = /^(.*?)(\d+)(\D*)$/.exec(number);
  if (!match) { return ''; }
  const next = (BigInt(match[2]) + 1n).toString();
  return match[1] + next.padStart(match[2].length, '0') + match[3];
}
