/* The outbox on disk: one IndexedDB of all pages of this browser. Where nothing can be stored (no room, a
   private window) the messages live as long as their page. */
import { goesWith, merged } from './outbox-rules.js';

const NAME = 'outbox', MESSAGES = 'messages', LEASES = 'leases', IN_MEMORY = 1e12;
let opening = null, memory = [], nextInMemory = IN_MEMORY;

export function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function database() {
  if (!opening) {
    opening = new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(MESSAGES, { keyPath: 'seq', autoIncrement: true });
        request.result.createObjectStore(LEASES, { keyPath: 'lane' });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    opening.catch(() => { opening = null; });
  }
  return opening;
}

/* One transaction: `work(store)` may wait for nothing but its own requests; resolves once it is on disk. */
function write(name, work) {
  return database().then((db) => new Promise((resolve, reject) => {
    const transaction = db.transaction(name, 'readwrite', { durability: 'strict' });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error || new Error('aborted'));
    work(transaction.objectStore(name), (value) => { result = value; });
  }));
}

export function all() {
  const stored = database().then((db) => done(db.transaction(MESSAGES).objectStore(MESSAGES).getAll()));
  return stored.catch(() => []).then((messages) => messages.concat(memory));
}

/* Store new messages, all or none; the last of a lane takes a newer state of the same answers into itself. */
export function add(messages) {
  return write(MESSAGES, (store) => {
    store.getAll().onsuccess = (event) => {
      messages.forEach((message) => addTo(store, event.target.result, message));
    };
  });
}

function addTo(store, stored, message) {
  const last = stored.filter((one) => one.lane === message.lane).pop();
  if (!goesWith(last, message)) { store.add(message); return; }
  store.put(Object.assign(last, { json: merged(last.json, message.json), rev: last.rev + 1 }));
}

/* For this page only. */
export function addToMemory(message) {
  nextInMemory += 1;
  memory.push(Object.assign(message, { seq: nextInMemory }));
}

/* Change a message as it stands now; `become` says what it becomes: one message, several, or none. */
export function change(seq, become) {
  if (seq > IN_MEMORY) {
    memory = [].concat(...memory.map((one) => (one.seq === seq ? become(one) : [one])));
    return Promise.resolve();
  }
  return write(MESSAGES, (store) => {
    store.get(seq).onsuccess = (event) => {
      const stored = event.target.result, next = stored ? become(stored) : [];
      if (!stored) { return; }
      if (!next.some((one) => one.seq === seq)) { store.delete(seq); }
      next.forEach((one) => store.put(one));
    };
  });
}

/* The right to send a lane, where the browser has no locks (pages without HTTPS): whether `holder` has it
   until `until`. */
export function claim(lane, holder, now, until) {
  return write(LEASES, (store, answer) => {
    store.get(lane).onsuccess = (event) => {
      const lease = event.target.result, free = !lease || lease.holder === holder || lease.until < now;
      if (free) { store.put({ lane: lane, holder: holder, until: until }); }
      answer(free);
    };
  }).catch(() => true);
}

export function release(lane, holder) {
  return write(LEASES, (store) => {
    store.get(lane).onsuccess = (event) => {
      if (event.target.result && event.target.result.holder === holder) { store.delete(lane); }
    };
  }).catch(() => undefined);
}

/* The photos that earlier versions stored, and how to take them out; [] where this browser never had any. */
export function oldPhotos() {
  return oldDatabase().then((db) => {
    if (!db) { return []; }
    return done(db.transaction('photos').objectStore('photos').getAll()).then((photos) => {
      db.close();
      return photos;
    });
  }, () => []);
}

export function forgetOldPhotos(photos) {
  if (!photos.length) { return Promise.resolve(); }
  return oldDatabase().then((db) => new Promise((resolve, reject) => {
    const transaction = db.transaction('photos', 'readwrite');
    transaction.oncomplete = () => { db.close(); resolve(); };
    transaction.onabort = () => reject(transaction.error);
    photos.forEach((photo) => transaction.objectStore('photos').delete(photo.id));
  }));
}

function oldDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('visits');
    let absent = false;
    request.onupgradeneeded = () => { absent = true; request.transaction.abort(); };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => { if (absent) { resolve(null); } else { reject(request.error); } };
  });
}
