import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as rules from '../../static/js/outbox-rules.js';

function message(seq, lane, more) { return { seq, lane, state: 'waiting', tries: 0, made_at: 0, ...more }; }
function headsOf(...messages) { return [...rules.heads(messages)].map(([lane, one]) => [lane, one.seq]); }

test('every lane sends its oldest message first, whatever order they are read in', () => {
  assert.deepEqual(headsOf(message(3, 'visit:a'), message(1, 'floor'), message(2, 'visit:a'), message(4, 'floor')), [['floor', 1], ['visit:a', 2]]);
});

test('a refused message holds up nobody', () => {
  assert.deepEqual(headsOf(message(1, 'floor', { state: 'refused' }), message(2, 'floor')), [['floor', 2]]);
});

test('photos of a fill wait until the messages of the floor are through', () => {
  const photo = message(1, 'photo:f', { after: 'floor' });
  assert.deepEqual(headsOf(photo, message(2, 'floor')), [['floor', 2]]);
  assert.deepEqual(headsOf(photo, message(2, 'floor', { state: 'refused' })), [['photo:f', 1]]);
});

test('the pause doubles from three seconds to a minute and is spread by a quarter to both sides', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 50].map((tries) => rules.pause(tries, 0.5)), [3000, 6000, 12000, 24000, 48000, 60000, 60000]);
  assert.deepEqual([rules.pause(1, 0), rules.pause(1, 1)], [2250, 3750]);
});

test('a server that says when to come back is asked no earlier', () => {
  assert.deepEqual([rules.pause(1, 0.5, 20), rules.pause(6, 0.5, 20)], [20000, 60000]);
});

const MEANINGS = [
  [0, null, 'again'], [200, {}, 'done'], [201, { allowed: true }, 'done'], [201, { allowed: false }, 'refused'], [200, null, 'again'],
  [204, null, 'again'], [302, {}, 'again'], [400, {}, 'refused'], [401, {}, 'sign_in'], [401, null, 'sign_in'], [403, {}, 'refused'],
  [404, {}, 'refused'], [404, null, 'again'], [408, {}, 'again'], [409, {}, 'refused'], [413, null, 'refused'], [422, {}, 'refused'],
  [425, {}, 'again'], [429, {}, 'again'], [500, {}, 'again'], [502, null, 'again'], [503, {}, 'again'], [507, {}, 'again']
];

test('a response means that it is done, refused, to be sent again, or that nobody is signed in', () => {
  assert.deepEqual(MEANINGS.map(([status, json]) => [status, json, rules.meaning(status, json, true)]), MEANINGS);
});

test('a verdict of no is a refusal only of what is judged', () => {
  const paths = ['/fills', '/scans', '/fills/1/checks', '/fills/1/result', '/swipes', '/fills/1/treatment', '/fills/1/void', '/visits/1/answers'];
  assert.deepEqual(paths.map((path) => rules.meaning(200, { allowed: false }, rules.isJudged({ path }))),
    ['refused', 'refused', 'refused', 'refused', 'refused', 'done', 'done', 'done']);
});

test('the reason is what the server says about fields and rules, else its title, else the status', () => {
  assert.equal(rules.reason(422, { title: 'No.', fields: { code: 'Wrong code.', note: 'Too long.' } }), 'Wrong code. Too long.');
  assert.equal(rules.reason(201, { allowed: false, reasons: [{ text: 'Overdue.' }] }), 'Overdue.');
  assert.equal(rules.reason(403, { title: 'Not yours.' }), 'Not yours.');
  assert.equal(rules.reason(413, null), '413');
});

test('a message is late once it was tried in vain or has stood for fifteen seconds', () => {
  assert.deepEqual([[0, 0], [1, 0], [0, 15000], [0, 15001]].map(([tries, age]) => rules.isLate({ tries, made_at: 1000 }, 1000 + age)), [false, true, false, true]);
});

test('answers that still wait take in newer ones: the newest of each item, the newest remark', () => {
  const older = { answers: [{ code: 'A', answer: 'ok' }, { code: 'B', answer: 'ok' }], remark: 'one' };
  assert.deepEqual(rules.merged(older, { answers: [{ code: 'A', answer: 'abnormal' }] }), {
    answers: [{ code: 'B', answer: 'ok' }, { code: 'A', answer: 'abnormal' }], remark: 'one' });
  assert.deepEqual(rules.merged({ answers: [] }, { answers: [], remark: '' }), { answers: [], remark: '' });
});

test('only answers that are the last of their lane and wait are taken together', () => {
  const answers = rules.answersMessage('v', { answers: [] });
  assert.equal(rules.goesWith({ ...answers, state: 'waiting' }, answers), true);
  assert.equal(rules.goesWith({ ...answers, state: 'refused' }, answers), false);
  assert.equal(rules.goesWith({ ...rules.visitPhoto('v', 'A', 'blob'), state: 'waiting' }, answers), false);
  assert.equal(rules.goesWith(undefined, answers), false);
});

test('answers that were refused together are sent one by one; a single one is not split', () => {
  const one = { code: 'A' }, two = { code: 'B' };
  assert.deepEqual(rules.split({ slot: 'answers', json: { answers: [one, two], remark: 'r' } }),
    [{ answers: [one] }, { answers: [two] }, { answers: [], remark: 'r' }]);
  assert.deepEqual(rules.split({ slot: 'answers', json: { answers: [one] } }), []);
  assert.deepEqual(rules.split({ json: { code: 'x' } }), []);
});

test('a message counts as many things as people did', () => {
  assert.deepEqual([
    { json: { code: 'x' } }, { slot: 'answers', json: { answers: [{}, {}], remark: '' } }, { slot: 'answers', json: { answers: [{}] } }, { parts: [] }
  ].map(rules.weight), [1, 3, 1, 1]);
});

test('every message has a name for people', () => {
  const paths = ['/fills', '/scans', '/fills/1/checks', '/fills/1/result', '/fills/1/void', '/fills/1/treatment', '/fills/1/photos', '/swipes',
    '/visits/1/answers?lift=2', '/visits/1/photos?lift=2', '/visits/1/signature?lift=2', '/hazards',
    '/walks/1/outcomes', '/walks/1/photos', '/campaigns/1/outcomes', '/campaigns/1/photos'];
  assert.deepEqual(paths.map((path) => rules.kind({ path })), ['scan', 'scan', 'checks', 'result', 'void', 'treatment', 'photo', 'swipe',
    'answers', 'photo', 'signature', 'other', 'walk', 'photo', 'campaign', 'photo']);
});

test('what an earlier version kept of fills goes out in order, saying that it waited where the record knows the word', () => {
  const scan = { id: '1', method: 'POST', path: '/fills', body: { scan_id: 's', code: 'C' }, late: true };
  const checks = { id: '2', method: 'PUT', path: '/fills/s/checks', body: { checks: {} }, late: false };
  assert.deepEqual(rules.fromFillQueue(JSON.stringify([scan, checks])), [
    { lane: 'floor', method: 'POST', path: '/fills', queues: true, json: { scan_id: 's', code: 'C', queued: true } },
    { lane: 'floor', method: 'PUT', path: '/fills/s/checks', queues: false, json: { checks: {} } }
  ]);
  assert.deepEqual([null, '', '{broken', '{}', '[null]'].map((text) => rules.fromFillQueue(text)), [[], [], [], [], []]);
});

test('what an earlier version kept of a visit goes out as answers, then photos, then the sign-out', () => {
  const held = { answers: { 'A-1-01': { answer: 'ok', note: '', happened_at: 't' } }, remark: 'r', out: { swipe_id: 's', code: 'C', happened_at: 't' } };
  const photos = [{ id: 'p', visit: 'v', code: 'A-1-06', blob: 'blob' }, { id: 'q', visit: 'fill', code: 'f', blob: 'other' }];
  assert.deepEqual(rules.fromVisits([['v', JSON.stringify(held)], ['w', '{broken']], photos), [
    { lane: 'visit:v', method: 'PUT', path: '/visits/v/answers', slot: 'answers',
      json: { answers: [{ code: 'A-1-01', answer: 'ok', note: '', happened_at: 't' }], remark: 'r' } },
    rules.visitPhoto('v', 'A-1-06', 'blob'), rules.fillPhoto('f', 'other'),
    { lane: 'visit:v', method: 'POST', path: '/swipes', json: { direction: 'out', swipe_id: 's', code: 'C', happened_at: 't' } }
  ]);
});

test('a report of the public needs no token and is called a report', () => {
  const message = rules.reportMessage('en', []);
  assert.deepEqual([rules.kind(message), message.open, message.lane, rules.isJudged(message)], ['report', true, 'report', false]);
});

test('a late verdict is listed with its bottle', () => {
  const scan = { path: '/fills', tries: 2, json: { code: 'READ' } };
  assert.deepEqual([scan, { ...scan, tries: 0 }, { ...scan, path: '/fills/1/result' }].map(rules.staysListed), [true, false, false]);
  const byList = { ...scan, json: { ...scan.json, passed: { sequence: 1 } } };
  assert.equal(rules.staysListed(byList), false, 'the page has said so already');
  assert.deepEqual([{ equipment: { own_number: '01-7', serial: 'A1', code: 'C' } }, { equipment: { code: 'C' } }, { serial: 'A2' }, null]
    .map((json) => rules.aboutOf(scan, json)), ['01-7 · A1', 'C', 'A2', 'READ']);
});

test('signing in without a signal: the swipe goes first, what stands behind it follows to its visit', () => {
  const swipe = rules.openingSwipe('s1', 'lift1', { code: 'CODE', happened_at: 'T' });
  assert.deepEqual(swipe, {
    lane: 'visit:s1', opens: 's1', lift: 'lift1', method: 'POST', path: '/swipes',
    json: { swipe_id: 's1', direction: 'in', code: 'CODE', happened_at: 'T' }
  });
  const answer = { visit_id: 'v2', equipment_id: 'lift2' };
  const moved = (path) => {
    const message = { lane: 'visit:s1', path: path, rev: 1 };
    const after = rules.ofVisit(message, 's1', answer);
    return [after.lane, after.path, after.rev];
  };
  assert.deepEqual(moved('/visits/s1/answers?lift=lift1'), ['visit:v2', '/visits/v2/answers?lift=lift2', 2]);
  assert.deepEqual(moved('/visits/s1/photos?lift=lift1'), ['visit:v2', '/visits/v2/photos?lift=lift2', 2]);
  assert.deepEqual(moved('/swipes'), ['visit:v2', '/swipes', 2]);
});

test('a message says which lift it is about, and refused answers what they were', () => {
  assert.deepEqual(
    [{ path: '/visits/v/answers?lift=L1' }, { path: '/swipes', lift: 'L2' }, { path: '/swipes' }]
      .map(rules.liftOf),
    ['L1', 'L2', '']
  );
  const answers = [{ code: 'A-1-01', note: '' }, { code: 'A-1-02', note: '无此装置' }];
  assert.equal(rules.aboutOf({ path: '/visits/v/answers', slot: 'answers', json: { answers: answers } }, null),
    'A-1-01、A-1-02 无此装置');
});

test('a swipe rests for its position, ten seconds at most, and takes it once', () => {
  const now = 1000000, resting = { rests_until: now + 9000, rev: 1, json: { code: 'A' } };
  assert.deepEqual([rules.rest({}, now), rules.rest(resting, now), rules.rest(resting, now + 9000), rules.rest(resting, now - 3600000)],
    [0, 9000, 0, 0]);
  assert.deepEqual(rules.completed({ ...resting }, { position: 'here' }, now),
    { rests_until: 0, rev: 2, json: { code: 'A', position: 'here' } });
  assert.deepEqual(rules.completed({ ...resting }, { position: 'here' }, now + 9001), resting);
});

test('both ways to sign stand in the lane of their visit', () => {
  const [drawn, paper] = ['signature', 'paper'].map((how) => rules.signatureMessage('v', 'l', how, []));
  assert.deepEqual([drawn.path, paper.path], ['/visits/v/signature?lift=l', '/visits/v/paper?lift=l']);
  assert.deepEqual([drawn, paper].map(rules.kind), ['signature', 'paper']);
  const cases = [[drawn, 'v'], [paper, 'v'], [drawn, 'w'], [rules.answersMessage('v', { answers: [] }), 'v']];
  assert.deepEqual(cases.map(([message, visit]) => rules.isSignatureOf(message, visit)), [true, true, false, false]);
});
