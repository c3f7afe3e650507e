/* A signature with finger, pen or mouse; the picture goes with the form. */
(function () {
  'use strict';
  var form = document.querySelector('[data-sign-form]');
  if (!form) { return; }
  var canvas = form.querySelector('[data-canvas]'), pen = canvas.getContext('2d'), drawing = form.querySelector('[data-drawing]'), go = form.querySelector('[data-sign]');
  var at = null;
  pen.lineWidth = 4;
  pen.lineCap = 'round';
  pen.lineJoin = 'round';
  pen.strokeStyle = '#10243f';

  function place(event) {
    var box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) * canvas.width / box.width, y: (event.clientY - box.top) * canvas.height / box.height };
  }

  canvas.addEventListener('pointerdown', function (event) { event.preventDefault(); canvas.setPointerCapture(event.pointerId); at = place(event); });
  canvas.addEventListener('pointermove', function (event) {
    if (!at) { return; }
    var to = place(event);
    pen.beginPath();
    pen.moveTo(at.x, at.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    at = to;
    go.disabled = false;
  });
  ['pointerup', 'pointercancel'].forEach(function (name) { canvas.addEventListener(name, function () { at = null; }); });
  form.querySelector('[data-clear]').addEventListener('click', function () { pen.clearRect(0, 0, canvas.width, canvas.height); go.disabled = true; });
  form.addEventListener('submit', function () { drawing.value = canvas.toDataURL('image/png'); });
}());
