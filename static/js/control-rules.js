/* What is decided about the control of a day before it is sent, without a browser: the JSON it becomes, and
   what is still missing. Tested by tests/js/. */

const SITE_HOURS = 8;

/* The calendar day of the site at an instant (milliseconds), whatever zone the phone is set to. */
export function siteDay(now) {
  return new Date(now + SITE_HOURS * 3600000).toISOString().slice(0, 10);
}

/* A control as the server takes it; `values` are the fields of the form by name, each a list; `fixed` is
   what the page says: category, on ('' for today), list, replaces. */
export function controlOf(values, fixed, now) {
  const one = (name) => ((values[name] || [])[0] || '').trim();
  const numbers = Object.keys(values).map((key) => {
    const match = /^problem-(\d+)-text$/.exec(key);
    return match ? Number(match[1]) : 0;
  }).filter(Boolean).sort((a, b) => a - b);
  const problems = numbers.map((number) => problemOf(one, number)).filter((row) => row.text || row.item);
  const control = {
    category: fixed.category, on: fixed.on || siteDay(now), made_at: new Date(now).toISOString(),
    nothing_found: one('found') === 'nothing' && !problems.length, officer: one('officer'),
    period: one('period') || 'whole', weather: one('weather'), note: one('note'),
    is_paper: one('is_paper') === '1', problems: problems
  };
  if (fixed.list) { control.list_version = Number(fixed.list); }
  if (!fixed.replaces) { return control; }
  return Object.assign(control, { replaces: fixed.replaces, reason: one('reason') });
}

function problemOf(one, number) {
  const field = (name) => one('problem-' + number + '-' + name);
  const isSerious = field('grade') === 'serious', stopped = field('stopped');
  return {
    text: field('text'), item: field('item'), piece: field('piece') || null,
    grade: isSerious ? 'serious' : 'general',
    stopped: isSerious && stopped ? stopped === 'yes' : null,
    why_not: isSerious && stopped === 'no' ? field('why_not') : '',
    put_right: field('put_right') === '1'
  };
}

/* The names of what is missing, in the order of the page; the server has the last word. */
export function lacking(control, photos, isPieceNamed) {
  const lacks = [], serious = control.problems.filter((row) => row.grade === 'serious');
  if (control.replaces && !control.reason) { lacks.push('reason'); }
  if (!control.nothing_found && !control.problems.length) { lacks.push('found'); }
  if (control.problems.some((row) => !row.text)) { lacks.push('text'); }
  if (isPieceNamed && control.problems.some((row) => !row.piece)) { lacks.push('piece'); }
  if (serious.some((row) => row.stopped === null)) { lacks.push('stopped'); }
  if (serious.some((row) => row.stopped === false && !row.why_not)) { lacks.push('why'); }
  if (!control.officer) { lacks.push('officer'); }
  if (control.is_paper && !photos) { lacks.push('photo'); }
  return lacks;
}
