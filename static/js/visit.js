/* The checklist of a visit: every tap is kept on the phone at once and sent item by item; a reload or a lost signal loses nothing. */
(function () {
  'use strict';
  var root = document.querySelector('[data-visit]');
  if (!root) { return; }
  var visit = root.dataset.visit, words = root.dataset, tell = window.tracker.say;
  var kept = window.kept.read(visit), sending = false, timer = null, waitingPhotos = 0, leaving = false;
  var items = Array.prototype.slice.call(root.querySelectorAll('[data-item]'));
  var lackTexts = {};
  window.tracker.each('[data-lack-name]', root, function (line) { lackTexts[line.dataset.lackName] = line.textContent; });

  function item(code) { return root.querySelector('[data-item="' + code + '"]'); }
  function answerOf(box) { var chosen = box.querySelector('input[type="radio"]:checked'); return chosen ? chosen.value : ''; }
  function noteOf(box) { return box.querySelector('input[type="text"]').value.trim(); }

  /* What an answer still lacks, as the server says it too; only for the colours on this page. */
  function lacking(box) {
    var answer = answerOf(box);
    if (!answer) { return 'answer'; }
    if (answer === 'not_applicable') { return noteOf(box) ? '' : 'reason'; }
    if (answer !== 'abnormal') { return ''; }
    return noteOf(box) ? (box.dataset.keyItem && !box.dataset.hasPhoto ? 'photo' : '') : 'text';
  }

  function draw(box) {
    var answer = answerOf(box), lack = lacking(box), line = box.querySelector('[data-lacks]');
    box.dataset.lack = lack;
    box.classList.toggle('is-done', !lack);
    box.classList.toggle('is-lacking', Boolean(answer && lack));
    box.querySelector('[data-more]').hidden = !(answer && answer !== 'ok') && !noteOf(box);
    box.querySelector('[data-photo-row]').hidden = !(box.dataset.keyItem || box.dataset.hasPhoto || answer === 'abnormal' || answer === 'adjusted');
    line.hidden = !(answer && lack);
    line.querySelector('[data-lack-text]').textContent = lackTexts[lack] || '';
  }

  function drawAll() {
    var left = items.filter(function (box) { return box.dataset.lack; }).length, bar = root.querySelector('[data-progress]');
    root.querySelector('[data-left]').textContent = left ? words.textLeft.replace('{n}', left) : words.textDone;
    bar.value = items.length ? items.length - left : 1;
    window.tracker.each('[data-place]', root, function (place) {
      var all = place.querySelectorAll('[data-item]'), done = place.querySelectorAll('[data-item][data-lack=""]');
      place.querySelector('[data-count]').textContent = done.length + ' / ' + all.length;
    });
    var warning = root.querySelector('[data-out-warning]');
    if (warning) { warning.hidden = !left; }
    var waiting = Object.keys(kept.answers).length + waitingPhotos + (kept.out ? 1 : 0) + (kept.remark === undefined ? 0 : 1), place = root.querySelector('[data-waiting]');
    place.hidden = false;
    place.textContent = waiting ? words.textWaiting.replace('{n}', waiting) : words.textSent;
    place.classList.toggle('is-waiting', waiting > 0);
  }

  function keep() {
    if (!window.kept.write(visit, kept)) { tell(words.textFull, true); }
  }

  function changed(box) {
    kept.answers[box.dataset.item] = { answer: answerOf(box) || null, note: noteOf(box), happened_at: new Date().toISOString() };
    keep();
    draw(box);
    drawAll();
    soon(300);
  }

  function soon(wait) { clearTimeout(timer); timer = setTimeout(send, wait); }

  function problem(answer) {
    return answer.json().then(function (said) { tell(said.text || document.body.dataset.textFailed, true); }, function () { tell(document.body.dataset.textFailed, true); });
  }

  function send() {
    if (sending || leaving || !navigator.onLine) { drawAll(); return; }
    sending = true;
    sendAnswers().then(sendPhotos).then(sendOut).then(function () { sending = false; drawAll(); }, function () { sending = false; drawAll(); soon(15000); });
  }

  function sendAnswers() {
    var sent = kept.answers, codes = Object.keys(sent), remark = kept.remark;
    if (!codes.length && remark === undefined) { return Promise.resolve(); }
    var body = { answers: codes.map(function (code) { return Object.assign({ code: code }, sent[code]); }) };
    if (remark !== undefined) { body.remark = remark; }
    return window.tracker.ask(root.dataset.answers, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }).then(function (answer) {
      if (!answer.ok) { return problem(answer).then(function () { throw new Error('refused'); }); }
      if (leaving) { return undefined; }
      codes.forEach(function (code) { if (kept.answers[code] && kept.answers[code].happened_at === sent[code].happened_at) { delete kept.answers[code]; } });
      if (kept.remark === remark) { delete kept.remark; }
      keep();
      drawAll();
      return Object.keys(kept.answers).length ? sendAnswers() : undefined;
    });
  }

  function sendPhotos() {
    return window.kept.photos(visit).then(function (photos) {
      waitingPhotos = photos.length;
      return photos.reduce(function (before, photo) { return before.then(function () { return sendPhoto(photo); }); }, Promise.resolve());
    });
  }

  function sendPhoto(photo) {
    var form = new FormData();
    form.append('code', photo.code);
    form.append('photo', photo.blob, photo.code + '.jpg');
    return window.tracker.ask(root.dataset.photo, { method: 'POST', body: form }).then(function (answer) {
      if (!answer.ok && answer.status !== 422) { return problem(answer).then(function () { throw new Error('refused'); }); }
      if (leaving) { return undefined; }
      return (answer.ok ? Promise.resolve() : problem(answer)).then(function () { return window.kept.forgetPhoto(photo.id); }).then(function () { waitingPhotos -= 1; });
    });
  }

  /* Signing out goes last, so that what was done on site arrives before its end. */
  function sendOut() {
    if (!kept.out) { return Promise.resolve(); }
    var form = new FormData();
    Object.keys(kept.out).forEach(function (name) { form.append(name, kept.out[name]); });
    return window.tracker.ask(root.dataset.out, { method: 'POST', body: form }).then(function (answer) {
      if (!answer.ok) { return problem(answer).then(function () { if (answer.status < 500) { delete kept.out; keep(); } throw new Error('refused'); }); }
      delete kept.out;
      keep();
      return answer.json().then(function (said) {
        if (said.outcome === 'closed' && said.here) { window.location.reload(); return; }
        tell(said.elsewhere ? words.textElsewhere : said.reasons[0].text, true);
      });
    });
  }

  function photoTaken(box, input) {
    var file = input.files[0];
    if (!file) { return; }
    window.kept.smaller(file).then(function (blob) { return window.kept.keepPhoto(visit, box.dataset.item, blob); }).then(function (photo) {
      waitingPhotos += 1;
      shown(photo);
      drawAll();
      soon(100);
    }, function () { tell(words.textLarge, true); });
    input.value = '';
  }

  function shown(photo) {
    var box = item(photo.code);
    if (!box) { return; }
    var thumb = box.querySelector('.check-thumb') || document.createElement('span'), picture = document.createElement('img');
    thumb.className = 'check-thumb';
    thumb.textContent = '';
    picture.src = URL.createObjectURL(photo.blob);
    picture.alt = photo.code;
    thumb.appendChild(picture);
    box.querySelector('[data-photo-row]').appendChild(thumb);
    box.dataset.hasPhoto = '1';
    draw(box);
  }

  items.forEach(function (box) {
    var stored = kept.answers[box.dataset.item];
    if (stored) {
      window.tracker.each('input[type="radio"]', box, function (radio) { radio.checked = radio.value === stored.answer; });
      box.querySelector('input[type="text"]').value = stored.note;
    }
    box.addEventListener('change', function (event) {
      if (event.target.type === 'file') { photoTaken(box, event.target); } else { changed(box); }
    });
    box.addEventListener('input', function (event) { if (event.target.type === 'text') { changed(box); } });
    draw(box);
  });

  var form = root.querySelector('[data-checks]'), remark = form.querySelector('[name="remark"]');
  form.querySelector('[data-save]').hidden = true;
  form.addEventListener('submit', function (event) { event.preventDefault(); send(); });
  if (kept.remark !== undefined) { remark.value = kept.remark; }
  remark.addEventListener('input', function () { kept.remark = remark.value; keep(); drawAll(); soon(800); });

  document.addEventListener('scan', function (event) {
    var scanned = event.target.closest('[data-sign-out]');
    if (!scanned) { return; }
    event.preventDefault();
    kept.out = { swipe_id: window.kept.newId(), code: event.detail.text, happened_at: new Date().toISOString() };
    keep();
    if (!navigator.onLine) { tell(words.textKeptOut); }
    soon(0);
  });

  /* The page that comes may have been drawn before the server had what is under way: nothing is forgotten any more, the next page sends it
     again, which records nothing twice. A file taken from this page leaves it standing, so it goes on after a while. */
  window.addEventListener('beforeunload', function () { leaving = true; setTimeout(function () { leaving = false; soon(0); }, 10000); });
  window.addEventListener('online', function () { soon(500); });
  setInterval(function () { if (Object.keys(kept.answers).length || kept.out || waitingPhotos) { send(); } }, 20000);
  window.kept.photos(visit).then(function (photos) { waitingPhotos = photos.length; photos.forEach(shown); drawAll(); soon(100); }, function () { soon(100); });
  drawAll();
}());
