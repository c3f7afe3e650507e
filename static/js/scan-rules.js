/* Which reading of a code is a scan, whichever way it came. A gun fires twice, a camera sees a label for as
   long as it is held there. Tested by tests/js/. */

export const SAME_WITHIN = 2000, OUT_OF_SIGHT = 1000;  // ms

/* 'scan' is a new one; 'again' the same code within 2 s: no scan, but whoever meant it must hear of it;
   'held' a label that the camera has not lost sight of. `forget`: somebody tapped since, the same code now is
   meant. */
export function readings() {
  let last = { text: '', at: -Infinity }, sight = { text: '', at: -Infinity };
  return {
    take(text, source, now) {
      const isHeld = source === 'camera' && text === sight.text && now - sight.at < OUT_OF_SIGHT;
      if (source === 'camera') { sight = { text: text, at: now }; }
      if (isHeld) { return 'held'; }
      if (text === last.text && now - last.at < SAME_WITHIN) { return 'again'; }
      last = { text: text, at: now };
      return 'scan';
    },
    forget() { last = { text: '', at: -Infinity }; }
  };
}
