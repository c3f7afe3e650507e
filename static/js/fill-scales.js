/* 秤位: where the next bottle goes, and what stands where. The scale that somebody chose last stays his on this
   device: whenever it is free, the next bottle goes there. */
import * as rules from './fill-rules.js';
import * as view from './fill-view.js';

const MEMORY = 'fill_scale';

function nameOf(bay) { return bay.bay || bay.gas; }

export function scalesOf(bays) {
  const remembered = localStorage.getItem(MEMORY);
  let chosen = bays.findIndex((bay) => nameOf(bay) === remembered), place = Math.max(chosen, 0);
  return {
    bays: bays,
    next() { return bays[place]; },
    choose(at) {
      chosen = place = at;
      localStorage.setItem(MEMORY, nameOf(bays[at]));
    },
    draw(fills, lateAfter) {
      place = rules.whereNext(bays, fills, place, chosen);
      view.tiles(bays, fills, place, lateAfter);
    }
  };
}
