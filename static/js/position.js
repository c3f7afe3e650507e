/* Where this phone is. It is asked once, for eight seconds at most, and never holds anything up: who says no,
   or has no receiver, goes on without. */
export const LONGEST = 8000;

/* How the code of a scan (scan.js) was come by, as the server calls it. */
export const HOW = { camera: 'camera', plate: 'nfc', typed: 'typed' };

export const isAsked = 'geolocation' in navigator && window.isSecureContext;

/* {latitude, longitude, accuracy_m} as the browser has it (WGS-84), or null. */
export function whereAmI() {
  if (!isAsked) { return Promise.resolve(null); }
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(null), LONGEST);
    const over = (position) => { clearTimeout(late); resolve(position); };
    const options = { enableHighAccuracy: true, timeout: LONGEST, maximumAge: 30000 };
    navigator.geolocation.getCurrentPosition((fix) => over({
      latitude: fix.coords.latitude, longitude: fix.coords.longitude, accuracy_m: fix.coords.accuracy
    }), () => over(null), options);
  });
}

/* The page of a piece: the position of this phone is that of the piece. */
document.querySelectorAll('[data-position-here]').forEach((form) => {
  const say = form.querySelector('[data-position-say]');
  if (!isAsked) { return; }
  form.hidden = false;
  say.textContent = form.dataset.textWhy;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    whereAmI().then((here) => {
      if (!here) { say.textContent = form.dataset.textNone; return; }
      Object.keys(here).forEach((name) => { form.querySelector(`[name="${name}"]`).value = here[name]; });
      form.submit();
    });
  });
});
