/* Pages that open without a signal: today's lifts, the lifts before signing in, the visits. /sw.js loads this
   file and says `offlineFiles`: {version, files}. Only GET of pages and files is ever answered from here; a
   page is kept only for the person the server names (X-Offline-For), and for one person at a time. */
(function () {
  'use strict';
  var rules = self.offlineRules, files = self.offlineFiles;
  var PATIENCE = 5000, FOR = 'X-Offline-For', AT = 'X-Offline-At';
  var sessions = 0;  // what was asked for before somebody signed out is kept no more

  self.addEventListener('install', function (event) {
    event.waitUntil(
      caches.open(rules.filesOf(files.version))
        .then(function (cache) { return cache.addAll(files.files); })
        .then(function () { return self.skipWaiting(); })
    );
  });

  self.addEventListener('activate', function (event) {
    event.waitUntil(
      caches.keys()
        .then(function (names) { return forget(rules.oldFiles(names, files.version)); })
        .then(function () { return self.clients.claim(); })
    );
  });

  function forget(names) {
    return Promise.all(names.map(function (name) { return caches.delete(name); }));
  }

  /* `person` is whose pages stay; nobody's without one. */
  function forgetPages(person) {
    if (!person) { sessions += 1; }
    return caches.keys().then(function (names) { return forget(rules.othersPages(names, person || '')); });
  }

  function kept(path) {
    return caches.keys().then(function (names) {
      var name = names.filter(rules.isPages)[0];
      if (!name) { return undefined; }
      return caches.open(name).then(function (cache) { return cache.match(path); });
    });
  }

  function remember(path, response, during) {
    var person = response.headers.get(FOR);
    var isHis = response.ok && !response.redirected && person && during === sessions;
    if (!isHis) { return Promise.resolve(false); }
    var headers = new Headers(response.headers);
    headers.set(AT, String(Date.now()));
    return forgetPages(person)
      .then(function () { return Promise.all([response.blob(), caches.open(rules.pagesOf(person))]); })
      .then(function (both) {
        return both[1].put(path, new Response(both[0], { status: 200, headers: headers }));
      })
      .then(function () { return true; });
  }

  function shown(response) {
    return response.text().then(function (html) {
      var stamped = rules.stamped(html, Number(response.headers.get(AT)));
      return new Response(stamped, { status: 200, headers: response.headers });
    });
  }

  self.addEventListener('fetch', function (event) {
    var request = event.request, url = new URL(request.url);
    if (url.origin !== self.location.origin) { return; }
    var session = rules.session(request.method, url.pathname);
    if (session === 'out') { event.waitUntil(forgetPages()); return; }
    if (session === 'in') { event.respondWith(signIn(event)); return; }
    if (request.method === 'POST' && request.mode === 'navigate' && rules.isNear(url.pathname)) {
      event.respondWith(fetch(request).catch(unsent));
      return;
    }
    if (request.method !== 'GET') { return; }
    if (rules.isAsset(url.pathname)) {
      event.respondWith(file(request, url));
    } else if (request.mode === 'navigate' && rules.isPage(url.pathname, url.search)) {
      event.respondWith(page(event, url.pathname + url.search));
    } else if (request.mode === 'navigate' && rules.isNear(url.pathname)) {
      event.respondWith(fetch(request).catch(function () { return instead(url.pathname); }));
    }
  });

  /* A form that reached nobody: its page stays with what was typed (204), and says so (app.js). */
  function unsent() {
    return self.clients.matchAll({ type: 'window' }).then(function (pages) {
      pages.forEach(function (page) { page.postMessage({ type: 'unsent' }); });
      return new Response(null, { status: 204 });
    });
  }

  /* Whoever signs in may be somebody else; a wrong password is nobody. A page's own dialog is followed to its
     end and says who it is. */
  function signIn(event) {
    return fetch(event.request).then(function (response) {
      var done = response.type === 'opaqueredirect' || response.redirected;
      if (done) { event.waitUntil(forgetPages(response.headers.get(FOR))); }
      return response;
    });
  }

  function file(request, url) {
    return caches.match(request).then(function (found) {
      if (found) { return found; }
      return fetch(request).catch(function () {
        return caches.match(rules.inVersion(url.pathname, files.version)).then(function (other) {
          return other || Response.error();
        });
      });
    });
  }

  /* The server's page where it answers soon enough, else the one that is kept. */
  function page(event, path) {
    var asked = fetch(event.request), during = sessions;
    event.waitUntil(asked.then(function (response) {
      return remember(path, response.clone(), during);
    }).catch(function () { return false; }));
    return kept(path).then(function (found) {
      if (!found) { return asked.catch(function () { return instead(path); }); }
      var late = new Promise(function (resolve) {
        setTimeout(function () { resolve(undefined); }, PATIENCE);
      });
      var heard = asked.catch(function () { return undefined; });
      return Promise.race([heard, late]).then(function (response) {
        return !response || rules.isDown(response.status) ? shown(found) : response;
      });
    });
  }

  /* Without a signal and not kept: today's list says so; a station has its scan page. */
  function instead(path) {
    return Promise.all([kept('/floor'), kept('/visits/today')]).then(function (pages) {
      if (pages[0] && rules.isHome(path)) { return Response.redirect('/floor', 302); }
      var found = pages[1];
      if (!found || path === '/visits/today') { return Response.error(); }
      return Response.redirect(rules.isHome(path) ? '/visits/today' : '/visits/today#not-kept', 302);
    });
  }

  /* A page asks for others to be kept: {type: 'keep', person, pages, whole, anew}. `whole`: nothing else is
     to stay; `anew`: also those that are fresh. */
  self.addEventListener('message', function (event) {
    var wish = event.data || {}, source = event.source;
    if (wish.type === 'forget') { event.waitUntil(forgetPages()); }
    if (wish.type !== 'keep' || !wish.person) { return; }
    event.waitUntil(keep(wish).then(function (number) {
      if (source) { source.postMessage({ type: 'kept', pages: number, whole: wish.whole }); }
    }));
  });

  function keep(wish) {
    return forgetPages(wish.person)
      .then(function () { return caches.open(rules.pagesOf(wish.person)); })
      .then(function (cache) {
        var all = wish.pages.map(function (path) {
          return function () { return keepOne(cache, path, wish); };
        });
        var one = all.reduce(function (before, next) { return before.then(next); }, Promise.resolve());
        return one.then(function () { return wish.whole ? tidy(cache, wish.pages) : undefined; })
          .then(function () { return stored(cache, wish.pages); });
      });
  }

  function keepOne(cache, path, wish) {
    var during = sessions;
    return cache.match(path).then(function (before) {
      var at = before ? Number(before.headers.get(AT)) : 0;
      if (!wish.anew && !rules.isStale(at, Date.now())) { return undefined; }
      return fetch(path, { credentials: 'same-origin', headers: { Accept: 'text/html' } })
        .then(function (response) {
          if (response.headers.get(FOR) === wish.person) { return remember(path, response, during); }
          return response.status === 403 || response.status === 404 ? cache.delete(path) : undefined;
        }, function () { return undefined; });
    });
  }

  function tidy(cache, wanted) {
    return cache.keys().then(function (requests) {
      var paths = requests.map(function (request) { return new URL(request.url).pathname; });
      return Promise.all(rules.unlisted(paths, wanted).map(function (path) { return cache.delete(path); }));
    });
  }

  function stored(cache, wanted) {
    return Promise.all(wanted.map(function (path) { return cache.match(path); })).then(function (found) {
      return found.filter(Boolean).length;
    });
  }
}());
