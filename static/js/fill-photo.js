/* 信息有误: photos of stamp and ring. They go out after the messages before them. */
import { add, find } from './fill-view.js';
import { fillPhoto } from './outbox-rules.js';
import * as outbox from './outbox.js';
import { smaller } from './photo.js';

const root = document.querySelector('[data-fill]'), words = root.dataset;

export function askForPhoto(fillId) {
  add('photo');
  find('[data-photo]').dataset.photo = fillId;
}

root.addEventListener('change', (event) => {
  const input = event.target, file = input.files && input.files[0];
  if (!input.hasAttribute('data-photo') || !file) { return; }
  const fillId = input.dataset.photo;
  smaller(file).then((photo) => {
    outbox.send(fillPhoto(fillId, photo));
    window.tracker.say(words.textPhotoKept);
  }, () => window.tracker.say(words.textPhotoUnreadable, true));
  input.value = '';
});
