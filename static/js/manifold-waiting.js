/* A manifold as the messages of this phone tell it while nobody answers: what the list lets hangs there, what
   it does not is red until it is off, and one end takes all. The register is heard later; what it says
   otherwise stands on the list of what is to be verified. Nothing here happens twice: the same message again
   changes nothing. Tested by tests/js/. */

function changed(manifold, id, more) {
  const bottles = manifold.bottles.map((one) => (one.id === id ? Object.assign({}, one, more) : one));
  return Object.assign({}, manifold, { bottles: bottles });
}

/* One bottle is hooked on, by what server or list answered; one that hangs there already is counted once. */
export function hooked(manifold, scan, answer) {
  const name = answer.name || scan.code, id = answer.fill_id || scan.scan_id;
  const isThere = manifold.bottles.some((one) => one.id === id
    || (one.hook !== 'off' && (one.code === scan.code || (Boolean(answer.name) && one.name === name))));
  if (isThere) { return manifold; }
  const bottle = {
    id: id, hook: answer.allowed ? 'unchecked' : 'red',
    state: answer.allowed ? 'open' : null, name: name, code: scan.code, reasons: answer.reasons, flags: [],
    checks: answer.checks.filter((item) => item.asked).map((item) => item.code), members: [],
    max_pressure: (answer.equipment && answer.equipment.max_pressure) || null
  };
  return Object.assign({}, manifold, { bottles: manifold.bottles.concat(bottle) });
}

function looked(manifold, id, checks) {
  const isFine = Object.keys(checks).every((item) => checks[item] === true);
  const before = manifold.bottles.filter((one) => one.id === id)[0];
  if (!before || before.hook === 'off') { return manifold; }
  return changed(manifold, id, { hook: isFine ? 'ready' : 'red' });
}

function started(manifold, at) {
  const isOff = (one) => one.hook === 'off';
  const open = (one) => (isOff(one) ? one : Object.assign({}, one, { state: 'open' }));
  const bottles = manifold.bottles.map(open);
  return Object.assign({}, manifold, { state: 'filling', started_at: at, bottles: bottles });
}

/* The manifold after one message; null where none runs. `said` is what was answered to a scan. */
export function after(manifold, message, said) {
  const json = message.json || {}, path = message.path;
  if (path === '/manifolds') {
    const isSame = manifold && manifold.manifold_id === json.manifold_id;
    if (isSame) { return manifold; }
    return { manifold_id: json.manifold_id, bay: json.bay, gas: json.gas, state: 'open', bottles: [] };
  }
  if (!manifold) { return null; }
  if (path === '/fills') {
    return json.manifold_id === manifold.manifold_id ? hooked(manifold, json, said(json)) : manifold;
  }
  const own = '/manifolds/' + manifold.manifold_id;
  if (path === own + '/off') { return changed(manifold, json.bottle, { hook: 'off' }); }
  if (path === own + '/start') { return started(manifold, json.happened_at); }
  if (path === own + '/end' || path === own + '/cancel') { return null; }
  const step = /^\/fills\/([^/]+)\/(checks|treatment|void)$/.exec(path);
  if (!step) { return manifold; }
  return step[2] === 'checks' ? looked(manifold, step[1], json.checks)
    : changed(manifold, step[1], { hook: 'off' });
}

/* What is left of a manifold when it ends: how many passed, how many failed. */
export function ended(manifold, failed) {
  const on = manifold.bottles.filter((one) => one.hook !== 'off' && one.state === 'open');
  const bad = on.filter((one) => failed[one.id]).length;
  return { filled: on.length - bad, failed: bad, fills: on };
}
