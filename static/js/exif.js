/* When a photo's file says that it was taken: DateTimeOriginal of its EXIF, before the phone draws it anew.
   */
const JPEG = 0xffd8, APP1 = 0xffe1, EXIF = 0x45786966, LITTLE = 0x4949, SUB = 0x8769, ORIGINAL = 0x9003;
const CHANGED = 0x0132, HEAD = 131072;

/* The time of the file as a Date in this phone's zone, or null. */
export function takenAt(file) {
  return file.slice(0, HEAD).arrayBuffer().then((bytes) => {
    try { return timeIn(exifText(new DataView(bytes))); } catch (broken) { return null; }
  }, () => null);
}

/* 2026:11:30 09:12:05 as a Date, or null. */
export function timeIn(text) {
  const match = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text || '');
  if (!match) { return null; }
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  const at = new Date(year, month - 1, day, hour, minute, second);
  return year >= 1990 && !Number.isNaN(at.getTime()) ? at : null;
}

/* The text of the first time that the EXIF of a JPEG holds; '' without one. */
export function exifText(view) {
  if (view.getUint16(0) !== JPEG) { return ''; }
  let at = 2;
  while (at + 10 < view.byteLength) {
    const marker = view.getUint16(at), length = view.getUint16(at + 2);
    if (marker === APP1 && view.getUint32(at + 4) === EXIF) { return timeOf(view, at + 10); }
    if ((marker & 0xff00) !== 0xff00) { return ''; }
    at += 2 + length;
  }
  return '';
}

function timeOf(view, start) {
  const little = view.getUint16(start) === LITTLE;
  const first = start + view.getUint32(start + 4, little);
  const sub = entry(view, start, first, SUB, little);
  const inner = sub ? entry(view, start, start + view.getUint32(sub + 8, little), ORIGINAL, little) : 0;
  const place = inner || entry(view, start, first, CHANGED, little);
  if (!place) { return ''; }
  const from = start + view.getUint32(place + 8, little);
  let text = '';
  for (let offset = 0; offset < 19; offset += 1) {
    text += String.fromCharCode(view.getUint8(from + offset));
  }
  return text;
}

/* Where the entry of a tag stands in the directory at `from`; 0 where it has none. */
function entry(view, start, from, tag, little) {
  const count = view.getUint16(from, little);
  for (let number = 0; number < count; number += 1) {
    const place = from + 2 + number * 12;
    if (view.getUint16(place, little) === tag) { return place; }
  }
  return 0;
}
