/* The call-taker's desk by keyboard: one key a step, the arrow down from the search into what it found.
   Clocks tick here; what others do comes in by htmx every few seconds and never
   touches a box that is typed in. Text
   that is typed stays over a reload. A short tone says that a call has waited too long; M turns it off. */
(function () {
  'use strict';
  var desk = document.querySelector('[data-desk]');
  if (!desk) { return; }
  var words = desk.dataset, heard = {}, tiles = null, sound = null;

  function all(what, from) { return Array.prototype.slice.call((from || document).querySelectorAll(what)); }
  function one(what) { return document.querySelector(what); }

  /* Boxes keep what is typed in them until it is sent. */
  function draftName(box) { return 'desk:' + box.dataset.draft; }
  all('[data-draft]').forEach(function (box) {
    var before = sessionStorage.getItem(draftName(box));
    if (before && !box.value) { box.value = before; }
    box.addEventListener('input', function () { sessionStorage.setItem(draftName(box), box.value); });
    if (box.form) {
      box.form.addEventListener('submit', function () { sessionStorage.removeItem(draftName(box)); });
    }
  });
  document.addEventListener('submit', function (event) {
    if (event.target.querySelector('[data-match]')) { sessionStorage.removeItem('desk:q'); }
  });
  var search = one('#desk-q');
  window.addEventListener('load', function () {
    if (search.value) { search.dispatchEvent(new Event('input')); }
  });

  /* Tones: nothing is loaded for them. */
  function muted() { return localStorage.getItem('desk:muted') === '1'; }
  function beep(times) {
    if (muted() || !window.AudioContext) { return; }
    sound = sound || new window.AudioContext();
    if (sound.state === 'suspended') { sound.resume(); }
    for (var turn = 0; turn < times; turn += 1) {
      var tone = sound.createOscillator(), volume = sound.createGain(), at = sound.currentTime + turn * 0.35;
      tone.frequency.value = 880;
      volume.gain.value = 0.2;
      tone.connect(volume);
      volume.connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.18);
    }
  }
  function drawMute() {
    var button = one('[data-mute]');
    button.setAttribute('aria-pressed', muted() ? 'true' : 'false');
    button.querySelector('[data-mute-text]').textContent = muted() ? words.textMuted : words.textLoud;
  }
  one('[data-mute]').addEventListener('click', function () {
    localStorage.setItem('desk:muted', muted() ? '0' : '1');
    drawMute();
    beep(1);
  });
  drawMute();

  /* Minutes and seconds since a call; past a step of its escalation a tone, once for each. */
  function tick() {
    all('[data-since]').forEach(function (clock) {
      var seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
      var minutes = Math.floor(seconds / 60), rest = seconds % 60;
      clock.textContent = minutes + ':' + (rest < 10 ? '0' : '') + rest;
      if (clock.hasAttribute('data-runs')) { escalate(clock.dataset, minutes); }
    });
  }
  function escalate(call, minutes) {
    var passed = call.steps.split(',').filter(function (step) { return minutes >= Number(step); }).length;
    var name = 'desk:heard:' + call.call, before = Number(sessionStorage.getItem(name) || 0);
    if (passed <= before || heard[name] === passed) { return; }
    heard[name] = passed;
    sessionStorage.setItem(name, String(passed));
    beep(passed + 1);
    if (window.tracker) { window.tracker.say(words.textUrge, true); }
    one('[data-desk-poll]').dispatchEvent(new Event('refresh'));
  }
  setInterval(tick, 1000);
  tick();

  /* What came in: a call that was not there before is heard, and keys that are shut are drawn so. */
  function look() {
    var now = all('[data-tile]').map(function (tile) { return tile.dataset.tile; });
    if (tiles && now.some(function (tile) { return tiles.indexOf(tile) < 0; })) {
      beep(2);
      if (window.tracker) { window.tracker.say(words.textNew); }
    }
    tiles = now;
    var keys = (one('#desk-facts') || { dataset: {} }).dataset.keys || '';
    all('#desk-steps [data-key]').forEach(function (step) {
      var letter = step.dataset.key.toUpperCase();
      var button = step.matches('details') ? step.firstElementChild : step;
      var shut = 'EP'.indexOf(letter) < 0 && keys.indexOf(letter) < 0;
      button.classList.toggle('is-shut', shut);
      button.setAttribute('aria-disabled', shut ? 'true' : 'false');
    });
    tick();
  }
  document.addEventListener('htmx:afterSettle', look);
  look();

  function isTyping(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== 'hidden';
  }

  function matches() { return all('[data-match]'); }

  function walk(step) {
    var found = matches(), place = found.indexOf(document.activeElement);
    var next = found[Math.max(0, Math.min(found.length - 1, place + step))];
    if (place + step < 0) { search.focus(); } else if (next) { next.focus(); }
  }

  function turn(step) {
    var row = all('[data-tile]'), chosen = row.findIndex(function (tile) {
      return tile.getAttribute('aria-current') === 'true';
    });
    var next = row[(chosen + step + row.length) % row.length];
    if (next) { window.location.assign(next.href); }
  }

  /* A step with a panel opens it and stands in its first box; one without is done. */
  function take(step) {
    if (step.matches('details')) {
      if (step.firstElementChild.getAttribute('aria-disabled') === 'true') { return; }
      all('#desk-steps details[open]').forEach(function (open) { open.open = open === step; });
      step.open = true;
      var box = step.querySelector('input:not([type=hidden]), select, textarea, button');
      if (box) { box.focus(); }
      if (box && box.select) { box.select(); }
    } else if (isTyping(step)) {
      step.focus();
    } else if (step.getAttribute('aria-disabled') !== 'true') {
      step.click();
    }
  }

  document.addEventListener('keydown', function (event) {
    if (event.isComposing || event.keyCode === 229) { return; }
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    var target = event.target, key = event.key;
    if (key === 'Escape') {
      all('#desk-steps details[open]').forEach(function (open) { open.open = false; });
      target.blur();
      return;
    }
    if (target === search || target.matches('[data-match]')) {
      var down = key === 'ArrowDown' || (key === 'Enter' && target === search);
      if (down || key === 'ArrowUp') {
        event.preventDefault();
        walk(down ? 1 : -1);
      }
      if (target === search) { return; }
    }
    if (isTyping(target)) { return; }
    if (key === '/') { event.preventDefault(); search.focus(); search.select(); return; }
    if (key === '?') { one('.desk-help').open = !one('.desk-help').open; return; }
    if (key === '[' || key === ']') { turn(key === '[' ? -1 : 1); return; }
    var step = one('[data-key="' + (/^[a-z0-9]$/i.test(key) ? key.toLowerCase() : '') + '"]');
    if (step && !event.repeat) { event.preventDefault(); take(step); }
  });
}());
