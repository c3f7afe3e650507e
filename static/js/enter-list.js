/* 录入清单 at the keyboard: a key, a day, a report number per row. A row is saved (htmx event "leave") when
   the focus leaves it, Enter goes to the next row; the day and the report number typed above fill rows where
   they are still empty, once their key is typed. A lot of cylinders shares one number; of lifts each has the
   next. */
import { following } from './enter-rules.js';

const list = document.querySelector('[data-enter-list]'), day = document.querySelector('[data-enter-day]');
const report = document.querySelector('[data-enter-report]');
if (list) { begin(); }

function begin() {
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

  function fillReport(row) {
    var own = row.querySelector('[data-report]');
    if (!own || own.value || !report || !report.value.trim() || !keyOf(row).value) { return; }
    own.value = report.value.trim();
    if (!row.hasAttribute('data-shares')) { report.value = following(own.value); }
  }

  list.addEventListener('input', function (event) {
    if (!event.target.hasAttribute('data-key')) { return; }
    var row = rowOf(event.target);
    if (row.getAttribute('data-keys').indexOf(event.target.value) < 0) { event.target.value = ''; return; }
    var own = row.querySelector('[data-day]');
    if (own && !own.value && day) { own.value = day.value; }
    fillReport(row);
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
}
