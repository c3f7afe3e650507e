/* The phone reads the lift's plate (Web NFC, Chrome on Android over HTTPS); its number goes the way of every scan. */
(function () {
  'use strict';
  window.tracker.each('[data-swipe]', document, function (form) {
    [['swipe_id', form.dataset.swipe], ['equipment_id', form.dataset.lift]].forEach(function (pair) {
      var box = document.createElement('input');
      box.type = 'hidden';
      box.name = pair[0];
      box.value = pair[1];
      form.appendChild(box);
    });
  });
  if (!('NDEFReader' in window)) { return; }
  window.tracker.each('[data-plate]', document, function (button) {
    button.hidden = false;
    button.addEventListener('click', function () {
      var reader = new window.NDEFReader(), form = button.parentNode.querySelector('[data-scan]');
      reader.scan().then(function () {
        button.classList.add('is-reading');
        reader.onreading = function (event) { window.scanning.emit(form, event.serialNumber, 'plate'); };
      }, function () { window.tracker.say(document.body.dataset.textFailed, true); });
    });
  });
}());
