/* Orders today's list on the phone, with a signal or without one: the page stays, its rows move. Nearest next
   begins where this phone is; where it does not say so, where its technician swiped last. */
import { whereAmI } from './position.js';
import { arranged, pointIn } from './today-rules.js';

const list = document.querySelector('[data-jobs]'), tabs = document.querySelector('[data-orders]');

/* As the server sent it by urgency; another order that it sent has no rank to go back to. */
const rows = list ? Array.from(list.querySelectorAll('.job')) : [];
const jobs = rows.map((row) => ({
  district: row.dataset.district, site: row.dataset.site, at: pointIn(row.dataset.at)
}));

function head(heading, number) {
  const item = document.createElement('li'), title = document.createElement('h2');
  const count = document.createElement('b');
  item.className = 'jobs-head';
  count.textContent = number;
  title.append(heading + ' ', count);
  item.append(title);
  return item;
}

function draw(order, start) {
  const items = [];
  arranged(jobs, order, start, tabs.dataset.textUnplaced).forEach((group) => {
    if (group.heading) { items.push(head(group.heading, group.places.length)); }
    group.places.forEach((place) => items.push(rows[place]));
  });
  list.replaceChildren(...items);
}

function choose(tab) {
  tabs.querySelectorAll('[data-order]').forEach((other) => {
    other.classList.toggle('btn-primary', other === tab);
    if (other === tab) { other.setAttribute('aria-current', 'true'); } else {
      other.removeAttribute('aria-current');
    }
  });
}

function nearest(say) {
  const last = pointIn(tabs.dataset.from);
  draw('near', last);
  say.textContent = last ? tabs.dataset.textLast : tabs.dataset.textFirst;
  whereAmI().then((here) => {
    if (!here || !tabs.querySelector('[data-order="near"][aria-current]')) { return; }
    draw('near', [here.latitude, here.longitude]);
    say.textContent = tabs.dataset.textNear;
  });
}

if (list && tabs && !list.querySelector('[data-jobs-head]')
  && tabs.querySelector('[data-order="urgency"][aria-current]')) {
  const say = document.querySelector('[data-order-say]');
  tabs.addEventListener('click', (event) => {
    const tab = event.target.closest('[data-order]');
    if (!tab) { return; }
    event.preventDefault();
    choose(tab);
    say.textContent = '';
    if (tab.dataset.order === 'near') { nearest(say); } else { draw(tab.dataset.order, null); }
  });
}
