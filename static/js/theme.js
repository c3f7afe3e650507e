/* Runs before the first paint, so that a dark desk does not flash white: what was chosen here, else what the
   system shows. */
(function () {
  'use strict';
  var wanted = null;
  try { wanted = localStorage.getItem('theme'); } catch (refused) { wanted = null; }
  var system = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.setAttribute('data-bs-theme', wanted || system);
}());
