/* What is decided about pages without a signal, without a browser: which may be kept on this phone, whose,
   how long. A plain script, because service workers of Chromium 87 know no modules; it is read by the worker,
   by pages and by tests/js/ as `offlineRules`. */
(function (scope) {
  'use strict';
  var ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
  /* Pages that open without a signal; the server says of each answer whose it is (X-Offline-For). */
  var PAGES = [
    new RegExp('^/floor$'),
    new RegExp('^/visits/today$'),
    new RegExp('^/visits/start/' + ID + '(?:/checklist)?$'),
    new RegExp('^/visits/' + ID + '/' + ID + '$'),
    new RegExp('^/rescue/calls/' + ID + '$'),
    new RegExp('^/places/run(?:/' + ID + ')?$'),
    new RegExp('^/supervision/today$'),
    new RegExp('^/supervision/start/' + ID + '$'),
    new RegExp('^/controls/today$'),
    new RegExp('^/controls/start/[a-z_]+$'),
    new RegExp('^/walks(?:/' + ID + ')?$'),
    new RegExp('^/campaigns(?:/lists/' + ID + ')?$')
  ];
  /* Those of a bay, which their address names behind the question mark. */
  var OF_A_BAY = new RegExp('^/floor/(?:manifold|vehicle)\\?bay=[^&#]+&gas=[A-Z0-9]+$');
  var HOMES = ['/', '/visits/today'];
  var FRESH = 10 * 60000;
  var DOWN = [502, 503, 504];

  function any(patterns, path) { return patterns.some(function (pattern) { return pattern.test(path); }); }

  function isPage(path, search) {
    return search ? OF_A_BAY.test(path + search) : any(PAGES, path);
  }

  /* An address that leads to such a page, or stands beside them. */
  function isNear(path) { return path === '/' || path.indexOf('/visits/') === 0; }

  function isHome(path) { return HOMES.indexOf(path) >= 0; }

  function isAsset(path) { return path.indexOf('/static/') === 0; }

  /* 'out' ends whoever is signed in; 'in' may begin somebody else. */
  function session(method, path) {
    if (method !== 'POST') { return ''; }
    if (path === '/sign-out' || path === '/sign-out/everywhere') { return 'out'; }
    return path === '/sign-in' ? 'in' : '';
  }

  function pagesOf(person) { return 'pages:' + person; }
  function isPages(name) { return name.indexOf('pages:') === 0; }
  function filesOf(version) { return 'files:' + version; }

  /* Caches that nobody reads any more: pages of other people, files of versions before the last. `names`
     stand in the order in which they were made. */
  function othersPages(names, person) {
    return names.filter(function (name) { return isPages(name) && name !== pagesOf(person); });
  }
  function oldFiles(names, version) {
    var files = names.filter(function (name) {
      return name.indexOf('files:') === 0 && name !== filesOf(version);
    });
    return files.slice(0, -1);
  }

  /* The same file in another version: what a page that was kept before an upgrade asks for. */
  function inVersion(path, version) {
    return path.replace(/^\/static\/[0-9a-f]{12}\//, '/static/' + version + '/');
  }

  /* Whether a page must be asked for again; `at` is when it was kept, 0 for never. */
  function isStale(at, now) { return !at || now - at > FRESH || at > now; }

  /* Of what is kept, what stands on no list any more; what was noted about a page goes with it. */
  function unlisted(paths, wanted) {
    return paths.filter(function (path) {
      return !wanted.some(function (page) { return path === page || path === notesOf(page); });
    });
  }

  function notesOf(page) { return page + '/notes'; }

  /* Whether an answer of the server counts as none: a proxy speaks for a server that does not. */
  function isDown(status) { return DOWN.indexOf(status) >= 0; }

  /* The page as it is shown without a signal: it says since when. */
  function stamped(html, at) {
    return html.replace(/<html\b/, '<html data-offline="' + new Date(at).toISOString() + '"');
  }

  /* The page of a visit, a delivery note, a round or a campaign's list that a message of the outbox was
     about; '' where it does not say. */
  function pageOf(message) {
    var note = /^\/notes\/([^/?]+)\//.exec(message.path);
    if (note) { return '/places/run/' + note[1]; }
    var walk = /^\/walks\/([^/?]+)\//.exec(message.path);
    if (walk) { return '/walks/' + walk[1]; }
    var campaign = /^\/campaigns\/([^/?]+)\//.exec(message.path);
    if (campaign) { return '/campaigns/lists/' + campaign[1]; }
    var match = /^\/visits\/([^/?]+)\/[a-z]+\?lift=([^&]+)/.exec(message.path);
    return match ? '/visits/' + match[2] + '/' + match[1] : '';
  }

  /* Notes of answers that are newer than the page they are shown on, oldest first. */
  function newer(notes, at) {
    var codes = Object.keys(notes), stands = Date.parse(at);
    var later = codes.filter(function (code) { return Date.parse(notes[code].happened_at) > stands; });
    return later.map(function (code) { return Object.assign({ code: code }, notes[code]); })
      .sort(function (one, other) { return one.happened_at < other.happened_at ? -1 : 1; });
  }

  scope.offlineRules = {
    isPage: isPage, isNear: isNear, isHome: isHome, isAsset: isAsset, session: session, pagesOf: pagesOf,
    isPages: isPages, filesOf: filesOf, othersPages: othersPages, oldFiles: oldFiles, inVersion: inVersion,
    isStale: isStale, unlisted: unlisted, notesOf: notesOf, isDown: isDown, stamped: stamped,
    pageOf: pageOf, newer: newer
  };
}(typeof self === 'undefined' ? globalThis : self));
