/* 信息有误: photos of stamp and ring. They stand in the device until the server has them, and go out after the messages before them. */
(function () {
  'use strict';
  var root = document.querySelector('[data-fill]');
  if (!root) { return; }
  var view = window.fillView, queue = window.fillQueue, kept = window.kept, words = root.dataset, BOX = 'fill', AGAIN = 5000, busy = false, timer = null;

  function ask(fill) {
    view.add('photo');
    view.find('[data-photo]').dataset.photo = fill;
  }

  root.addEventListener('change', function (event) {
    var input = event.target, file = input.files && input.files[0];
    if (!input.hasAttribute('data-photo') || !file) { return; }
    kept.smaller(file).then(function (photo) { return kept.keepPhoto(BOX, input.dataset.photo, photo); }).then(function () {
      window.tracker.say(words.textPhotoKept);
      send();
    }, function () { window.tracker.say(words.textPhotoUnreadable, true); });
    input.value = '';
  });

  function later() { busy = false; clearTimeout(timer); timer = setTimeout(send, AGAIN); }

  function send() {
    if (busy || !queue.token()) { return; }
    if (queue.length()) { later(); return; }
    busy = true;
    kept.photos(BOX).then(function (photos) {
      if (!photos.length) { busy = false; return; }
      var photo = photos[0], form = new FormData();
      form.append('photo', photo.blob, 'photo.jpg');
      return queue.upload('/fills/' + photo.code + '/photos', form).then(function (answer) {
        if (!queue.settled(answer)) { later(); return; }
        if (answer.status >= 400) { window.tracker.say(told(answer.json), true); }
        return kept.forgetPhoto(photo.id).then(function () { busy = false; send(); });
      });
    }).catch(later);
  }

  function told(answer) { var fields = answer.fields || {}, names = Object.keys(fields); return names.length ? fields[names[0]] : answer.title; }

  window.addEventListener('online', send);
  window.fillPhoto = { ask: ask };
  send();
}());
