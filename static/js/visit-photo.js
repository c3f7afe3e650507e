/* A photo of an item: time, lift, item, person and position are written into the picture on the phone, and go
   with it as data. Without a position it says so; nothing waits for one longer than a few seconds. */
import { takenAt } from './exif.js';
import { smaller } from './photo.js';
import { whereAmI } from './position.js';
import { sourceOf, stampLines } from './visit-rules.js';

const MOST = 80 * 1024 * 1024, PATIENCE = 3000, FRESH = 120000, NEAR = 120000;
let fix = null, fixedAt = 0;

/* Ask where the phone is before the first photo is taken, so that the answer is there. */
export function locate() {
  return whereAmI().then((here) => {
    if (here) { fix = here; fixedAt = Date.now(); }
    return here;
  });
}

function whereNow() {
  if (fix && Date.now() - fixedAt < FRESH) { return Promise.resolve(fix); }
  const late = new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE); });
  return Promise.race([locate(), late]);
}

/* {blob, facts} of a photo as it is sent; fails with 'large' or 'unreadable'. `about`: {lift, item, person,
   noPosition}. */
export function stamped(file, about) {
  if (file.size > MOST) { return Promise.reject(new Error('large')); }
  const at = new Date(), source = sourceOf(file.lastModified || at.getTime(), at.getTime(), NEAR);
  return Promise.all([whereNow(), takenAt(file)]).then(([here, original]) => {
    const lines = stampLines(at, about.lift, about.item, about.person, here, about);
    const facts = { taken_at: at.toISOString(), source: source, stamped: '1' };
    if (original) { facts.original_at = original.toISOString(); }
    return smaller(file, (pen, width, height) => write(pen, width, height, lines))
      .then((blob) => ({ blob: blob, facts: Object.assign(facts, here || {}) }));
  });
}

/* A dark band at the foot of the picture with the lines in white. */
function write(pen, width, height, lines) {
  const size = Math.max(12, Math.round(Math.min(width, height) / 34)), line = Math.round(size * 1.35);
  const band = line * lines.length + size;
  pen.fillStyle = 'rgba(0, 0, 0, .55)';
  pen.fillRect(0, height - band, width, band);
  pen.fillStyle = '#fff';
  pen.textBaseline = 'top';
  pen.font = size + 'px sans-serif';
  lines.forEach((text, number) => {
    pen.fillText(text, size / 2, height - band + size / 2 + number * line, width - size);
  });
}
