/* What is decided about the record of a check before it is sent, without a browser: the JSON it becomes, and
   what is still missing. Tested by tests/js/. */

/* The instant of a time of the day of the check, as `14:05`; '' for none. */
export function instant(day, time) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !/^\d{1,2}:\d{2}$/.test(time)) { return ''; }
  return day + 'T' + time.padStart(5, '0') + ':00+08:00';
}

/* A record as the server takes it; `values` are the fields of the form by name, each a list. */
export function recordOf(values, unit) {
  const one = (name) => ((values[name] || [])[0] || '').trim();
  const row = (prefix, names, number) => Object.assign({}, ...names.map((name) => (
    { [name]: one(prefix + '-' + number + '-' + name) }
  )));
  const numbers = (prefix, name) => Object.keys(values).map((key) => {
    const match = new RegExp('^' + prefix + '-(\\d+)-' + name + '$').exec(key);
    return match ? Number(match[1]) : 0;
  }).filter(Boolean).sort((a, b) => a - b);
  const inspectors = numbers('inspector', 'name')
    .map((number) => row('inspector', ['name', 'certificate'], number)).filter((person) => person.name);
  const findings = numbers('finding', 'text').map((number) => {
    const finding = row('finding', ['text', 'rule', 'rule_text', 'piece'], number);
    const said = Object.assign(finding, { put_right: one('finding-' + number + '-put_right') === '1' });
    return Object.assign(said, { piece: said.piece || null });
  }).filter((finding) => finding.text);
  const names = [
    'name', 'credit_code', 'legal_representative', 'safety_manager', 'address', 'contact', 'post', 'phone'
  ];
  const facts = Object.assign({}, ...names.map((name) => ({ [name]: one('unit-' + name) })));
  const record = {
    unit_id: unit, kind: one('kind'), began_at: instant(one('day'), one('began')),
    ended_at: instant(one('day'), one('ended')), inspectors: inspectors, recorder: one('recorder'),
    unit: Object.assign({ roles: values.roles || [] }, facts),
    pieces: values.pieces || [], last_problems: one('last_problems'), findings: findings,
    measures: values.measures || [], other_measure: one('other_measure'), opinion: one('opinion'),
    answer: one('answer'), signer: one('signer'), witness: one('witness'), refusal: one('refusal')
  };
  if (!one('replaces')) { return record; }
  return Object.assign(record, { replaces: one('replaces'), reason: one('reason') });
}

/* The names of what is missing, in the order of the page; the server has the last word. `signed` are those
   whose signature is drawn. */
export function missing(record, signed, needed, photos) {
  const lacking = [];
  if (!record.began_at || !record.ended_at) { lacking.push('times'); }
  if (new Set(record.inspectors.map((person) => person.name)).size < needed) { lacking.push('inspectors'); }
  const isOrdered = record.measures.indexOf('order') >= 0;
  if (isOrdered && !record.findings.length) { lacking.push('findings'); }
  if (isOrdered && record.findings.some((finding) => !finding.rule)) { lacking.push('rules'); }
  if (!record.answer) { lacking.push('answer'); }
  if (record.answer === 'paper' && !photos) { lacking.push('paper'); }
  if (record.answer && record.answer !== 'paper') {
    const drawn = signed.filter((who) => who.indexOf('inspector') === 0).length;
    if (drawn < Math.min(needed, record.inspectors.length)) { lacking.push('signatures'); }
  }
  const isSigned = signed.indexOf('unit') >= 0 && record.signer;
  if (record.answer === 'signed' && !isSigned) { lacking.push('signer'); }
  if (record.answer === 'refused' && !(record.witness && record.refusal)) { lacking.push('witness'); }
  return lacking;
}
