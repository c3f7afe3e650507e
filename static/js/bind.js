/* 绑码: a hardware keyboard or a gun may type the digits too, wherever the focus is; a photo that was taken
   is named on its button. */
(function () {
  'use strict';
  var box = document.getElementById('digits');
  if (!box) { return; }
  var scans = document.querySelector('[data-scan-box]'); // a gun types there where a label is awaited
  document.addEventListener('keydown', function (event) {
    var isCommand = scans || event.ctrlKey || event.metaKey || event.altKey;
    if (document.activeElement !== box && /^[0-9A-Za-z]$/.test(event.key) && !isCommand) {
      box.focus();
    }
  });
  document.addEventListener('change', function (event) {
    var photo = event.target.closest('[data-photo]');
    if (photo && photo.files.length) {
      photo.parentNode.querySelector('span').textContent = photo.dataset.photo + ' · ' + photo.files[0].name;
    }
  });
}());
