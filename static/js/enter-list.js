/* 录入清单 at the keyboard: a key, a day, a report number per row. A row is saved (htmx event "leave") when the
   focus leaves it, Enter goes to the next row; the day typed above fills rows whose day is still empty,
   once their key is typed. */
(function () {
  'use strict';
  var list = document.querySelector('[data-enter-list]');
  if (!list) { return; }
  var day = document.querySelector('[data-enter-day]');
  list.querySelector('[data-enter-all]').hidden = true;

  function rowOf(element) { return element && element.closest ? element.closest('tr[data-row]') : null; }
  function keyOf(row) { return row.querySelector('[data-key]'); }

  function leave(row) {
    var key = keyOf(row);
    if (key && key.value.trim() && window.htmx) { window.htmx.trigger(row, 'leave'); }
  }

  function next(row) {
    var after = row.nextElementSibling;
    while (after && !(after.hasAttribute('data-row') && keyOf(after))) { after = after.nextElementSibling; }
    return after;
  }

  list.addEventListener('input', function (event) {
    if (!event.target.hasAttribute('data-key')) { return; }
    var row = rowOf(event.target);
    if (row.getAttribute('data-keys').indexOf(event.target.value) < 0) { event.target.value = ''; return; }
    var own = row.querySelector('[data-day]');
    if (own && !own.value && day) { own.value = day.value; }
    event.target.select();
  });

  list.addEventListener('focusin', function (event) {
    if (event.target.select && event.target.type !== 'date') { event.target.select(); }
  });

  list.addEventListener('focusout', function (event) {
    var row = rowOf(event.target);
    if (row && rowOf(event.relatedTarget) !== row) { leave(row); }
  });

  list.addEventListener('keydown', function (event) {
    var row = rowOf(event.target);
    if (event.key !== 'Enter' || !row) { return; }
    event.preventDefault();
    var after = next(row);
    if (after) { keyOf(after).focus(); } else { event.target.blur(); }
  });
})();
