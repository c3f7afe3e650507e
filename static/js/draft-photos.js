/* Photos of a form that is not sent yet: on this phone by the form's key, so that a phone that dies loses
   none. Where nothing can be stored they live as long as their page. */
const NAME = 'drafts', PHOTOS = 'photos';
let opening = null;

function database() {
  opening = opening || new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(PHOTOS, { keyPath: 'id' }).createIndex('form', 'form');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

function within(mode, work) {
  return database().then((db) => new Promise((resolve, reject) => {
    const transaction = db.transaction(PHOTOS, mode);
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore(PHOTOS), (value) => { result = value; });
  }));
}

export function keepPhoto(photo) { return within('readwrite', (store) => store.put(photo)); }

export function dropPhoto(id) { return within('readwrite', (store) => store.delete(id)); }

/* All photos of a form, whichever page took them. */
export function dropPhotosOf(form) {
  return within('readwrite', (store) => {
    store.index('form').getAllKeys(form).onsuccess = (event) => {
      event.target.result.forEach((id) => store.delete(id));
    };
  }).catch(() => undefined);
}

export function photosOf(form) {
  return within('readonly', (store, answer) => {
    store.index('form').getAll(form).onsuccess = (event) => answer(event.target.result);
  }).catch(() => []);
}
