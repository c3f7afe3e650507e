/* The photos of a form that goes out whole, with what else it shares with others of its kind: how it speaks,
   how a draft is read back. */
import { dropPhoto, keepPhoto, photosOf } from './draft-photos.js';
import { uuid } from './outbox.js';
import { smaller } from './photo.js';

/* The photos kept on this phone under `key`, drawn into `list`, each with a button that takes it away. */
export function formPhotos(list, key, dropText) {
  const photos = new Map();

  function draw() {
    list.textContent = '';
    photos.forEach((photo, id) => {
      const item = document.createElement('li'), picture = document.createElement('img');
      const drop = document.createElement('button');
      picture.src = URL.createObjectURL(photo.blob);
      picture.alt = photo.name;
      drop.type = 'button';
      drop.className = 'btn btn-sm';
      drop.textContent = dropText;
      drop.addEventListener('click', () => {
        photos.delete(id);
        dropPhoto(id).catch(() => undefined);
        draw();
      });
      item.append(picture, drop);
      list.appendChild(item);
    });
  }

  function add(files) {
    Array.from(files).forEach((file) => {
      const take = (blob) => {
        const photo = { id: uuid(), form: key, blob: blob, name: file.name || 'photo.jpg' };
        photos.set(photo.id, photo);
        keepPhoto(photo).catch(() => undefined);
        draw();
      };
      smaller(file).then(take, () => take(file));  // what this phone cannot read the server may
    });
  }

  photosOf(key).then((kept) => {
    kept.forEach((photo) => photos.set(photo.id, photo));
    draw();
  });
  return {
    add: add,
    number: () => photos.size,
    parts: () => Array.from(photos.values()).map((photo, place) => (
      { name: 'photo-' + (place + 1), value: photo.blob, file: photo.name }
    ))
  };
}

/* What keeps a form from going out, or how it went; nothing hides it. */
export function tell(place, text, isBad) {
  place.hidden = !text;
  place.className = 'alert ' + (isBad ? 'alert-danger' : 'alert-success');
  place.textContent = text;
  if (text) { place.scrollIntoView({ block: 'center' }); }
}

/* The draft under `key`; none where it cannot be read any more. */
export function storedDraft(key) {
  try { return JSON.parse(localStorage.getItem(key) || 'null'); } catch (broken) { return null; }
}
