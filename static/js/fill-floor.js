/* 扫码 at the scale. The bottle's state decides what its scan opens: verdict and look-over, then weighing; nobody chooses a screen.
   The next free scale is where the next bottle goes; a tap on a tile chooses another. */
(function () {
  'use strict';
  var root = document.querySelector('[data-fill]');
  if (!root) { return; }
  var view = window.fillView, queue = window.fillQueue, words = root.dataset, config = JSON.parse(words.config);
  var bays = config.bays;
  var fills = {}, texts = {}, next = 0, mode = 'fill', current = null, received = { good: 0, inspect: 0, no_code: 0, foreign: 0 };
  if (!bays.length) { bays = [{ bay: '', gas: 'LPG' }]; }

  function now() { return new Date().toISOString(); }
  function open() { return Object.keys(fills).map(function (id) { return fills[id]; }); }
  function key(text) { return text.toUpperCase().replace(/[\s-]/g, '').split('/').pop(); }
  function draw() { view.tiles(bays, open(), next); }

  function advance() {
    var taken = {};
    open().forEach(function (fill) { taken[fill.bay] = true; });
    for (var step = 1; step <= bays.length; step += 1) {
      var place = (next + step) % bays.length;
      if (!taken[bays[place].bay] && bays[place].gas === bays[next].gas) { next = place; return; }
    }
  }

  function count(name, by) {
    var place = document.querySelector('[data-count="' + name + '"]');
    place.textContent = Number(place.textContent) + by;
  }

  function refused(answer) {
    if (answer.status < 400) { return false; }
    var fields = answer.json.fields || {};
    var told = Object.keys(fields).map(function (name) { return fields[name]; }).join(' ');
    view.verdict(null, told || answer.json.title, []);
    return true;
  }

  /* Scans */
  function scanned(text) {
    if (!queue.token()) { root.querySelector('[data-enrol]').hidden = false; return; }
    if (mode === 'receive') { receive(text); return; }
    var known = fills[texts[key(text)]];
    var bay = known ? { bay: known.bay, gas: known.gas } : bays[next];
    current = null;
    view.verdict(null, '', []);
    box().focus({ preventScroll: true });
    queue.send('POST', '/fills', { scan_id: queue.uuid(), code: text, gas: bay.gas, bay: bay.bay, happened_at: now() }, true, function (answer) {
      if (!refused(answer)) { judged(answer.json, bay, text); }
    });
  }

  function judged(told, bay, text) {
    var known = fills[told.fill_id];
    current = known || { fill_id: told.fill_id, piece: told.equipment, bay: bay.bay, gas: bay.gas, since: Date.now(), state: 'open', checked: false,
      max_gross_g: told.equipment && told.equipment.max_gross_g };
    current.items = told.checks.filter(function (item) { return item.asked; }).map(function (item) { return item.code; });
    if (!known && told.allowed) { fills[told.fill_id] = current; texts[key(text)] = told.fill_id; count('open', 1); advance(); draw(); }
    if (known && known.state === 'overfilled') { weigh(); return; }
    if (!told.allowed) { stopped(told, text); return; }
    if (known && known.checked) { weigh(); return; }
    view.verdict(true, current.max_gross_g ? words.textHighest + ' ' + view.kg(current.max_gross_g) : '', told.reasons);
    view.checks(current);
  }

  /* A red verdict ends in one tap. */
  function stopped(told, text) {
    if (fills[told.fill_id]) { closed(told.fill_id); }
    count('refused', 1);
    view.verdict(false, '', told.reasons);
    view.add(told.fill_id ? 'treatments' : 'aside');
    var bind = view.find('[data-bind]');
    if (bind && text) { bind.href += '?code=' + encodeURIComponent(text); }
    var treatable = told.reasons.some(function (reason) { return reason.effect === 'treat'; });
    var treated = view.find('[data-treatment="treated"]');
    if (treated) { treated.hidden = !treatable; }
  }

  function receive(text) {
    queue.send('POST', '/scans', { scan_id: queue.uuid(), code: text, happened_at: now() }, true, function (answer) {
      if (refused(answer)) { return; }
      var told = answer.json, codes = told.reasons.filter(function (reason) { return reason.effect !== 'warn'; }).map(function (reason) { return reason.code; });
      var sort = told.allowed ? 'good' : codes.indexOf('R01') >= 0 ? 'no_code' : codes.indexOf('R03') >= 0 ? 'foreign' : 'inspect';
      received[sort] += 1;
      view.verdict(told.allowed, '', told.reasons);
      sums();
    });
  }

  function sums() {
    view.add('received', true);
    Object.keys(received).forEach(function (sort) { view.find('[data-sort="' + sort + '"]').textContent = received[sort]; });
  }

  /* Look-over and weighing */
  function unit() { return config.gases[current.gas].weighed ? 'kg' : 'MPa'; }
  function items() { return config.post[config.gases[current.gas].group]; }
  function weigh() { view.weigh(current, unit(), items()); }

  function looked(answers) {
    var fill = current;
    queue.send('PUT', '/fills/' + fill.fill_id + '/checks', { checks: answers, happened_at: now() }, false, function (answer) {
      if (refused(answer)) { return; }
      if (answer.json.allowed) { return; }
      current = fill;
      stopped({ fill_id: fill.fill_id, reasons: answer.json.reasons });
    });
  }

  function passed() {
    var answers = {};
    current.items.forEach(function (item) { answers[item] = true; });
    current.checked = true;
    looked(answers);
    view.clear();
    draw();
  }

  function typed() {
    var text = view.find('#amount').value.trim().replace(',', '.'), number = /^\d+(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    return number > 0 && number <= (unit() === 'kg' ? 10000 : 100) ? Math.round(number * 1000) : null;
  }

  function after(failed) {
    var amount = typed(), fill = current, answers = {};
    if (amount === null) { window.tracker.say(words.textNumber, true); view.find('#amount').focus(); return; }
    items().forEach(function (item) { answers[item] = item !== failed; });
    var body = { happened_at: now(), post_checks: answers };
    body[unit() === 'kg' ? 'gross_g' : 'pressure_kpa'] = amount;
    view.verdict(null, '', []);
    queue.send('PUT', '/fills/' + fill.fill_id + '/result', body, true, function (answer) {
      current = fill;
      if (answer.status === 422) { weigh(); }
      if (answer.status === 422 || refused(answer)) { window.tracker.say(first(answer.json), true); return; }
      done(fill, answer.json);
    });
  }

  function first(told) { var fields = told.fields || {}, names = Object.keys(fields); return names.length ? fields[names[0]] : told.title; }

  function done(fill, told) {
    if (told.state === 'overfilled') {
      fill.state = 'overfilled';
      view.verdict(false, words.textOver + ' · ' + words.textHighest + ' ' + view.kg(fill.max_gross_g), told.reasons);
      draw();
      box().focus({ preventScroll: true });
      return;
    }
    closed(fill.fill_id);
    if (told.state === 'filled') {
      count('filled', 1);
      view.clear();
      window.scanning.sound('yes');
      window.tracker.say(words.textDone + (told.net_g ? ' · ' + words.textNet + ' ' + view.kg(told.net_g) : ''));
    } else {
      current = fill;
      view.verdict(false, told.state_text, told.reasons);
      view.add('treatments');
    }
    box().focus({ preventScroll: true });
  }

  function closed(id) {
    delete fills[id];
    Object.keys(texts).forEach(function (text) { if (texts[text] === id) { delete texts[text]; } });
    count('open', -1);
    draw();
  }

  function voided() {
    var fill = current;
    queue.send('POST', '/fills/' + fill.fill_id + '/void', { happened_at: now() }, false, refused);
    closed(fill.fill_id);
    view.clear();
    box().focus({ preventScroll: true });
  }

  function treated(treatment) {
    var fill_id = current.fill_id;
    queue.send('POST', '/fills/' + fill_id + '/treatment', { treatment: treatment, happened_at: now() }, false, function (answer) {
      if (refused(answer)) { return; }
      window.tracker.say(treatment === 'treated' ? words.textTreated : words.textKept);
    });
    view.clear();
    if (treatment === 'wrong_file') { window.fillPhoto.ask(fill_id); }
    box().focus({ preventScroll: true });
  }

  function box() { return document.querySelector('[data-scan-box]'); }

  /* Taps */
  var taps = {
    '[data-mode]': function (button) {
      mode = button.dataset.mode;
      Array.prototype.forEach.call(root.querySelectorAll('[data-mode]'), function (each) {
        each.classList.toggle('is-on', each === button);
        each.setAttribute('aria-pressed', each === button ? 'true' : 'false');
      });
      root.classList.toggle('is-receiving', mode === 'receive');
      view.clear();
      if (mode === 'receive') { received = { good: 0, inspect: 0, no_code: 0, foreign: 0 }; sums(); }
      box().focus({ preventScroll: true });
    },
    '[data-bay]': function (tile) { next = Number(tile.dataset.bay); draw(); box().focus({ preventScroll: true }); },
    '[data-pass]': function () { passed(); box().focus({ preventScroll: true }); },
    '[data-fault]': function (button) { var answers = {}; answers[button.dataset.fault] = button.dataset.refusal; looked(answers); },
    '[data-after]': function (button) { after(button.dataset.after); },
    '[data-void]': voided,
    '[data-treatment]': function (button) { treated(button.dataset.treatment); },
    '[data-aside]': function () { view.clear(); box().focus({ preventScroll: true }); },
    '[data-enrol-phone]': enrol
  };

  root.addEventListener('click', function (event) {
    Object.keys(taps).some(function (selector) {
      var hit = event.target.closest(selector);
      if (hit) { taps[selector](hit); }
      return hit;
    });
  });

  /* A gun may fire while the weight is being typed: what is no number is a scan. */
  root.addEventListener('keydown', function (event) {
    if (event.target.id !== 'amount' || event.key !== 'Enter') { return; }
    event.preventDefault();
    var text = event.target.value.trim();
    if (text.length > 7) { event.target.value = ''; window.scanning.emit(document.querySelector('form[data-scan]'), text, 'typed'); }
  });

  document.querySelector('form[data-scan]').addEventListener('scan', function (event) { event.preventDefault(); box().value = ''; scanned(event.detail.text); });

  function enrol() {
    var token = document.querySelector('meta[name="csrf-token"]').content;
    fetch('/floor/phone', { method: 'POST', credentials: 'same-origin', headers: { 'X-CSRFToken': token, Accept: 'application/json' } }).then(function (answer) {
      if (!answer.ok) { window.tracker.say(document.body.dataset.textRefused, true); return; }
      answer.json().then(function (told) {
        queue.enrolled(told.token);
        root.querySelector('[data-enrol]').hidden = true;
        restore();
        box().focus({ preventScroll: true });
      });
    });
  }

  /* What stands on the scales, after a reload or on another screen. */
  function restore() {
    if (!queue.token()) { root.querySelector('[data-enrol]').hidden = false; return; }
    queue.get('/fills/open').then(function (answer) {
      if (answer.status === 401) { localStorage.removeItem('device_token'); root.querySelector('[data-enrol]').hidden = false; return; }
      answer.json.fills.forEach(function (told) {
        fills[told.fill_id] = { fill_id: told.fill_id, piece: { serial: told.serial, code: told.code }, bay: told.bay, gas: told.gas, since: Date.parse(told.since),
          state: told.state, checked: told.checked, max_gross_g: told.max_gross_g };
        if (told.code) { texts[key(told.code)] = told.fill_id; }
      });
      if (open().some(function (fill) { return fill.bay === bays[next].bay; })) { advance(); }
      ['filled', 'refused', 'open'].forEach(function (name) { document.querySelector('[data-count="' + name + '"]').textContent = answer.json.counts[name]; });
      draw();
    }, draw);
  }

  /* What an earlier page left waiting opens bottles that this one has not heard of. */
  var left = false;
  queue.left.then(function (some) { left = some; });
  queue.listen(function (length, answer, job) {
    if (left && !length) { left = false; restore(); }
    if (job && /^\/(fills|scans)$/.test(job.path)) { view.verdict(null, words.textUnsent, []); }
    if (answer && answer.status === 401) { root.querySelector('[data-enrol]').hidden = false; }
  });
  draw();
  restore();
  setInterval(draw, 15000);
}());
