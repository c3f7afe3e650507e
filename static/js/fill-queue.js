/* What the floor page tells the server, in order and never lost: each message stands in local storage until it was answered.
   A message that found no server is sent again by itself, marked as queued where the record knows the word. */
(function () {
  'use strict';
  var KEY = 'fill_queue', AGAIN = 3000, LONGEST = 15000, UPLOADING = 120000;
  var asking = {}, busy = false, timer = null, heard = function () {};

  function load() { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch (broken) { return []; } }
  function save(list) { localStorage.setItem(KEY, JSON.stringify(list)); }
  function token() { return localStorage.getItem('device_token') || ''; }

  function uuid() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (byte) { return (byte + 256).toString(16).slice(1); }).join('');
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  }

  function request(method, path, body, longest) {
    var stop = 'AbortController' in window ? new AbortController() : null;
    var late = stop ? setTimeout(function () { stop.abort(); }, longest || LONGEST) : null;
    var form = body instanceof FormData, headers = { Authorization: 'Bearer ' + token(), 'Accept-Language': document.documentElement.lang };
    if (!form) { headers['Content-Type'] = 'application/json'; }
    return fetch('/api/v1' + path, {
      method: method, body: form ? body : body ? JSON.stringify(body) : undefined, signal: stop ? stop.signal : undefined, cache: 'no-store', headers: headers
    }).then(function (answer) {
      clearTimeout(late);
      return answer.json().then(function (json) { return { status: answer.status, json: json }; });
    });
  }

  function settled(answer) { return answer.status < 500 && answer.status !== 401 && answer.status !== 429; }

  function drain() {
    var list = load();
    clearTimeout(timer);
    if (busy || !list.length) { heard(list.length, null); return; }
    busy = true;
    var job = list[0];
    request(job.method, job.path, job.body).then(function (answer) {
      busy = false;
      if (!settled(answer)) { hold(job, answer); return; }
      save(load().filter(function (other) { return other.id !== job.id; }));  // another page of this device may have taken it already
      var done = asking[job.id];
      delete asking[job.id];
      if (done) { done(answer, job); }
      drain();
    }, function () { busy = false; hold(job, null); });
  }

  /* Kept: the same message with the same ids goes out again; nobody judges it twice. */
  function hold(job, answer) {
    var list = load();
    if (list.length && list[0].id === job.id && job.late) { list[0].body.queued = true; save(list); }
    heard(list.length, answer, job);
    timer = setTimeout(drain, AGAIN);
  }

  /* `late`: whether this kind of message may say that it waited. `done(answer, job)` is called once it was answered. */
  function send(method, path, body, late, done) {
    var job = { id: uuid(), method: method, path: path, body: body, late: late };
    save(load().concat([job]));
    if (done) { asking[job.id] = done; }
    drain();
  }

  window.addEventListener('online', drain);
  window.fillQueue = {
    send: send, get: function (path) { return request('GET', path); }, uuid: uuid, token: token, drain: drain,
    upload: function (path, form) { return request('POST', path, form, UPLOADING); }, settled: settled,
    listen: function (act) { heard = act; }, length: function () { return load().length; }
  };
}());
