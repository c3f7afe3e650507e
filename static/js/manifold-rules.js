/* What the page of a manifold decides without a browser: whether gas may flow, what a typed temperature is.
   Tested by tests/js/. */

/* How many bottles stand how; what is taken off does not count. */
export function numbers(bottles) {
  const count = (hook) => bottles.filter((bottle) => bottle.hook === hook).length;
  return { ready: count('ready'), unchecked: count('unchecked'), red: count('red'), on: count('on') };
}

/* Gas flows only when every bottle is in order, and there is one. */
export function mayStart(bottles) {
  const many = numbers(bottles);
  return many.ready > 0 && !many.unchecked && !many.red;
}

export function named(bottles, hook) {
  return bottles.filter((bottle) => bottle.hook === hook).map((bottle) => bottle.name).join('、');
}

/* What is said of a bundle (集格) beside its name: how many cylinders are in it, and which; '' of a bottle. */
export function bundled(members, text) {
  if (!members || !members.length) { return ''; }
  const names = members.map((member) => member.name).join('、');
  return text.replace('{n}', members.length).replace('{bottles}', names);
}

/* Tenths of a degree of a typed number of °C, also in full width or with a comma; null for what no gas at a
   manifold has. */
export function celsius(text) {
  const plain = text.normalize('NFKC').trim().replace(',', '.').replace(/^[−–]/, '-');
  const degrees = /^-?\d{1,2}(\.\d)?$/.test(plain) ? Number(plain) : NaN;
  return degrees >= -50 && degrees <= 80 ? Math.round(degrees * 10) : null;
}

/* The next fault of a bottle that is tapped: none, then each, then none again. */
export function nextFault(faults, now) {
  const at = faults.indexOf(now);
  return at + 1 < faults.length ? faults[at + 1] : '';
}
