/* A shared device keeps its token for the calls of its own pages (fills, duty); the cookie of the same
   enrolment opens the pages. */
(function () {
  'use strict';
  var place = document.querySelector('[data-device-token]');
  if (!place) { return; }
  localStorage.setItem('device_token', place.dataset.deviceToken);
  place.removeAttribute('data-device-token');
}());
