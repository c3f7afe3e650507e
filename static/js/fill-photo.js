/* 信息有误: photos of stamp and ring. They go out after the messages before them. */
import { fillPhoto } from './outbox-rules.js';
import * as outbox from './outbox.js';
import { smaller } from './photo.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;

window.fillPhoto = {
  ask: (fill) => {
    window.fillView.add('photo');
    window.fillView.find('[data-photo]').dataset.photo = fill;
  }
};

root.addEventListener('change', (event) => {
  const input = event.target, file = input.files && input.files[0];
  if (!input.hasAttribute('data-photo') || !file) { return; }
  const fill = input.dataset.photo;
  smaller(file).then((photo) => {
    outbox.send(fillPhoto(fill, photo));
    window.tracker.say(words.textPhotoKept);
  }, () => window.tracker.say(words.textPhotoUnreadable, true));
  input.value = '';
});
