/* The orders of today's list, without a browser: groups under headings, and which lift is the nearest one
   next.
   A lift is {district, site, at: [latitude, longitude] or null}; answers are places in the list. */
const EARTH_M = 6371008.8, radians = (degrees) => degrees * Math.PI / 180;

/* "36.1,104.2" as two numbers; null for anything else. */
export function pointIn(text) {
  const parts = String(text || '').split(',').map(Number);
  return parts.length === 2 && parts.every(Number.isFinite) && text ? parts : null;
}

/* Metres between two points on the sphere. */
export function metres(one, other) {
  const across = (radians(one[0]) - radians(other[0])) / 2, along = radians(one[1] - other[1]) / 2;
  const part = Math.sin(across) ** 2
    + Math.cos(radians(one[0])) * Math.cos(radians(other[0])) * Math.sin(along) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(part)));
}

function nearestNext(jobs, places, start) {
  const left = places.slice(), way = [];
  let here = start;
  while (left.length) {
    here = here || jobs[left[0]].at;
    let best = 0;
    left.forEach((place, number) => {
      if (metres(here, jobs[place].at) < metres(here, jobs[left[best]].at)) { best = number; }
    });
    const next = left.splice(best, 1)[0];
    way.push(next);
    here = jobs[next].at;
  }
  return way;
}

/* [{heading, places}]: as the server arranges it (worklist.arranged). */
export function arranged(jobs, order, start, unplaced) {
  const all = jobs.map((_job, place) => place);
  if (order === 'near') {
    const placed = all.filter((place) => jobs[place].at), others = all.filter((place) => !jobs[place].at);
    const groups = placed.length ? [{ heading: '', places: nearestNext(jobs, placed, start) }] : [];
    return others.length ? groups.concat([{ heading: unplaced, places: others }]) : groups;
  }
  if (order !== 'district' && order !== 'site') { return [{ heading: '', places: all }]; }
  const headings = new Map();
  all.forEach((place) => {
    const heading = jobs[place][order];
    headings.set(heading, (headings.get(heading) || []).concat(place));
  });
  return Array.from(headings.keys()).sort()
    .map((heading) => ({ heading: heading, places: headings.get(heading) }));
}
