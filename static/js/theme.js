/* Runs before the first paint, so that a dark desk does not flash white. */
(function () {
  'use strict';
  var wanted = null;
  try { wanted = localStorage.getItem('theme'); } catch (refused) { wanted = null; }
  document.documentElement.setAttribute('data-bs-theme', wanted === 'dark' ? 'dark' : 'light');
}());
