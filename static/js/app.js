/* What every signed-in page does: asks again for a sign-in that ran out, confirms, selects in bulk, copies,
   tells what went wrong. Every word shown comes from data- attributes of the page, so it is in the reader's
   language. Other scripts use window.tracker. */
(function () {
  'use strict';
  var page = document.body.dataset;

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }
  function each(selector, root, act) { all(selector, root).forEach(act); }

  function token() {
    var meta = document.querySelector('meta[name="csrf-token"]');
    return meta ? meta.content : '';
  }

  function say(text, bad) {
    var place = document.querySelector('[data-toasts]');
    if (!place || !text) { return; }
    var line = document.createElement('div');
    line.className = 'toast-line' + (bad ? ' is-bad' : '');
    line.textContent = text;
    place.appendChild(line);
    setTimeout(function () { line.remove(); }, bad ? 8000 : 3000);
  }

  /* Signing in again: the sign-in page's own form is shown in a dialog; what was asked is repeated
     afterwards. */
  var waiting = null;

  function freshToken(parsed) {
    var found = parsed.querySelector('meta[name="csrf-token"]');
    if (!found || !found.content) { return; }
    each('meta[name="csrf-token"]', document, function (meta) { meta.content = found.content; });
    each('input[name="csrf_token"]', document, function (box) { box.value = found.content; });
  }

  function parsed(answer) {
    return answer.text().then(function (text) {
      return { page: new DOMParser().parseFromString(text, 'text/html'), url: answer.url };
    });
  }

  function passwordForm(from) {
    return all('form', from).filter(function (form) {
      return form.querySelector('input[type="password"], input[autocomplete="one-time-code"]');
    })[0];
  }

  function signInAgain() {
    if (waiting) { return waiting; }
    var dialog = document.querySelector('[data-sign-in-dialog]');
    waiting = new Promise(function (resolve, reject) {
      function show(answer) {
        var form = passwordForm(answer.page);
        if (!form) { freshToken(answer.page); dialog.close(); resolve(); return; }
        form = document.importNode(form, true);
        var url = form.getAttribute('action') || answer.url;
        var lead = document.createElement('p');
        lead.textContent = page.textAgain;
        dialog.textContent = '';
        dialog.append(lead, form);
        form.addEventListener('submit', function (event) {
          event.preventDefault();
          var options = { method: 'POST', body: new FormData(form), credentials: 'same-origin' };
          fetch(url, options).then(parsed).then(show, reject);
        });
        if (!dialog.open) { dialog.showModal(); }
        var first = form.querySelector('input:not([type="hidden"])');
        if (first) { first.focus(); }
      }
      dialog.addEventListener('cancel', function () { reject(new Error('cancelled')); }, { once: true });
      fetch(page.signIn, { credentials: 'same-origin' }).then(parsed).then(show, reject);
    });
    waiting.then(function () { waiting = null; }, function () { waiting = null; });
    return waiting;
  }

  /* fetch with our token; on 401 it signs in and asks once more. */
  function ask(url, options) {
    function send() {
      var headers = new Headers((options || {}).headers || {});
      headers.set('X-CSRFToken', token());
      if (!headers.has('Accept')) { headers.set('Accept', 'application/json'); }
      return fetch(url, Object.assign({ credentials: 'same-origin' }, options, { headers: headers }));
    }
    return send().then(function (answer) {
      return answer.status === 401 ? signInAgain().then(send) : answer;
    });
  }

  document.addEventListener('htmx:configRequest', function (event) {
    event.detail.headers['X-CSRFToken'] = token();
  });
  document.addEventListener('htmx:responseError', function (event) {
    var detail = event.detail, request = detail.requestConfig;
    if (detail.xhr.status !== 401) {
      say(detail.xhr.status === 403 ? page.textRefused : page.textFailed, true);
      return;
    }
    signInAgain().then(function () {
      var values = new FormData();
      request.formData.forEach(function (value, name) {
        values.append(name, name === 'csrf_token' ? token() : value);
      });
      var again = { source: detail.elt, target: detail.target, values: values };
      window.htmx.ajax(request.verb, request.path, again);
    }, function () { say(page.textFailed, true); });
  });
  document.addEventListener('htmx:sendError', function () { say(page.textOffline, true); });

  /* Whoever signs out leaves no pages on the phone, also from a page that no service worker serves. */
  document.addEventListener('submit', function (event) {
    if (!window.caches || !/\/sign-out(\/everywhere)?$/.test(event.target.action)) { return; }
    window.caches.keys().then(function (names) {
      names.forEach(function (name) { if (name.indexOf('pages:') === 0) { window.caches.delete(name); } });
    });
  });

  /* Dialogs: a link to a dialog opens it; cancelling closes it. */
  document.addEventListener('click', function (event) {
    var opener = event.target.closest('[data-dialog]');
    if (opener) {
      var dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
      return;
    }
    var closer = event.target.closest('[data-close]');
    if (closer && closer.closest('dialog').open) {
      event.preventDefault();
      closer.closest('dialog').close();
      return;
    }
    var copier = event.target.closest('[data-copy]');
    if (copier) { copy(copier.dataset.copy); return; }
    if (event.target.closest('[data-print]')) { window.print(); return; }
    each('details.menu[open]', document, function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape') {
      each('details.menu[open]', document, function (menu) { menu.open = false; });
    }
  });

  function copy(text) {
    function done() { say(page.textCopied); }
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done);
      return;
    }
    var box = document.createElement('textarea');
    box.value = text;
    document.body.appendChild(box);
    box.select();
    if (document.execCommand('copy')) { done(); }
    box.remove();
  }

  /* Forms: a typed confirmation must equal its word; a question before a bulk action; no double submit. */
  function checkTyped(box) {
    var same = box.value.trim() === box.dataset.mustEqual;
    each('button[type="submit"]', box.form, function (button) { button.disabled = !same; });
  }
  document.addEventListener('input', function (event) {
    if (event.target.dataset.mustEqual) { checkTyped(event.target); }
  });
  var pending = null;  // the form that was posted last and whose answer has not come
  document.addEventListener('submit', function (event) {
    var by = event.submitter;
    if (by && by.dataset.confirm && !window.confirm(by.dataset.confirm)) { event.preventDefault(); return; }
    var form = event.target;
    if (!event.defaultPrevented) { pending = form; }
    if (!form.hasAttribute('data-once')) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = '1';
    setTimeout(function () { delete form.dataset.sent; }, 8000);
  });

  /* A form that the service worker could not bring to the server; whose page it was says so. */
  if (navigator.serviceWorker) {
    navigator.serviceWorker.addEventListener('message', function (event) {
      if (!event.data || event.data.type !== 'unsent' || !pending) { return; }
      delete pending.dataset.sent;
      pending = null;
      say(page.textUnsent, true);
    });
    navigator.serviceWorker.startMessages();
  }

  /* Bulk selection: the count, and the head box that takes the whole page. */
  document.addEventListener('change', function (event) {
    var form = event.target.closest('form[data-bulk]');
    if (!form) { return; }
    if (event.target.hasAttribute('data-bulk-all')) {
      each('input[name="id"]', form, function (box) { box.checked = event.target.checked; });
    }
    countChosen(form);
  });

  function countChosen(form) {
    var boxes = all('input[name="id"]', form), chosen = boxes.filter(function (box) { return box.checked; });
    var label = form.querySelector('[data-bulk-count]'), head = form.querySelector('[data-bulk-all]');
    boxes.forEach(function (box) { box.closest('tr').classList.toggle('is-chosen', box.checked); });
    if (label) { label.textContent = label.dataset.one.replace('{n}', chosen.length); }
    if (head) {
      head.checked = chosen.length > 0 && chosen.length === boxes.length;
      head.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
    each('.bulk button', form, function (button) { button.disabled = chosen.length === 0; });
  }

  /* The hour of the reader's device beside a time of the site: <time data-local datetime="..."> */
  function localTimes(root) {
    each('time[data-local]', root, function (time) {
      time.title = new Date(time.dateTime).toLocaleString(document.documentElement.lang);
    });
  }

  function ready(root) {
    each('form[data-bulk]', root, countChosen);
    each('[data-must-equal]', root, checkTyped);
    localTimes(root);
  }

  each('[data-theme-toggle]', document, function (button) {
    button.hidden = false;
    button.addEventListener('click', function () {
      var next = document.documentElement.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
      document.documentElement.setAttribute('data-bs-theme', next);
      try { localStorage.setItem('theme', next); } catch (refused) { say(page.textFailed, true); }
      document.dispatchEvent(new CustomEvent('theme', { detail: { theme: next } }));
    });
  });

  function net() {
    each('[data-net]', document, function (place) {
      place.textContent = navigator.onLine ? place.dataset.online : place.dataset.offline;
      place.classList.toggle('is-off', !navigator.onLine);
    });
  }
  window.addEventListener('online', net);
  window.addEventListener('offline', net);

  document.addEventListener('htmx:load', function (event) { ready(event.detail.elt); });
  net();
  ready(document);
  var wrong = document.querySelector('[data-focus]');
  if (wrong) { wrong.focus(); }

  window.tracker = { ask: ask, say: say, copy: copy, each: each, signInAgain: signInAgain };
}());
