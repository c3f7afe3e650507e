/* 绑码: a hardware keyboard or a gun may type the digits too, wherever the focus is. */
(function () {
  'use strict';
  var box = document.getElementById('digits');
  if (!box) { return; }
  document.addEventListener('keydown', function (event) {
    if (document.activeElement !== box && /^[0-9A-Za-z]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) { box.focus(); }
  });
}());
