/* What a phone keeps until the server has it: answers in localStorage, photos in IndexedDB. Nothing here knows a rule. */
(function () {
  'use strict';
  var PREFIX = 'visit:';

  function read(visit) {
    try { return JSON.parse(localStorage.getItem(PREFIX + visit)) || { answers: {} }; } catch (broken) { return { answers: {} }; }
  }

  /* False when the phone has no room left. */
  function write(visit, kept) {
    try {
      if (!Object.keys(kept.answers).length && !kept.out && kept.remark === undefined) { localStorage.removeItem(PREFIX + visit); } else { localStorage.setItem(PREFIX + visit, JSON.stringify(kept)); }
      return true;
    } catch (full) { return false; }
  }

  function opened() {
    return new Promise(function (resolve, reject) {
      var asked = indexedDB.open('visits', 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore('photos', { keyPath: 'id' }).createIndex('visit', 'visit'); };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
  }

  function done(request) {
    return new Promise(function (resolve, reject) {
      request.onsuccess = function () { resolve(request.result); };
      request.onerror = function () { reject(request.error); };
    });
  }

  function keepPhoto(visit, code, blob) {
    var photo = { id: visit + ':' + code + ':' + Date.now(), visit: visit, code: code, blob: blob };
    return opened().then(function (db) { return done(db.transaction('photos', 'readwrite').objectStore('photos').put(photo)); }).then(function () { return photo; });
  }

  function photos(visit) {
    return opened().then(function (db) { return done(db.transaction('photos').objectStore('photos').index('visit').getAll(visit)); });
  }

  function forgetPhoto(id) {
    return opened().then(function (db) { return done(db.transaction('photos', 'readwrite').objectStore('photos').delete(id)); });
  }

  /* A photo of any size becomes one the server takes: its long side 1600 px. */
  function smaller(file) {
    return new Promise(function (resolve, reject) {
      var url = URL.createObjectURL(file), picture = new Image();
      picture.onerror = function () { URL.revokeObjectURL(url); reject(new Error('unreadable')); };
      picture.onload = function () {
        var scale = Math.min(1, 1600 / Math.max(picture.naturalWidth, picture.naturalHeight)), canvas = document.createElement('canvas');
        canvas.width = Math.round(picture.naturalWidth * scale);
        canvas.height = Math.round(picture.naturalHeight * scale);
        canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
        URL.revokeObjectURL(url);
        canvas.toBlob(function (blob) { if (blob) { resolve(blob); } else { reject(new Error('unreadable')); } }, 'image/jpeg', 0.85);
      };
      picture.src = url;
    });
  }

  /* A random UUID (version 4), also where crypto.randomUUID is not there yet. */
  function newId() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (one) { return ('0' + one.toString(16)).slice(-2); }).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  window.kept = { newId: newId, read: read, write: write, keepPhoto: keepPhoto, photos: photos, forgetPhoto: forgetPhoto, smaller: smaller };
}());
