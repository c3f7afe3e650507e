/* The clocks of an accident run while somebody looks: how long is left to report, or by how much it was
   missed. On the form of the first report the hour runs from the moment the head of the unit knew. */

const SITE = '+08:00';  // what is typed is the site's clock

function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60, rest = seconds % 60;
  const two = (number) => String(number).padStart(2, '0');
  return hours ? hours + ':' + two(minutes) + ':' + two(rest) : minutes + ':' + two(rest);
}

function show(element, until) {
  const left = until - Date.now();
  const words = left >= 0 ? element.dataset.left : element.dataset.over;
  element.textContent = words.replace('{span}', span(left));
  element.classList.toggle('is-over', left < 0);
}

function tick() {
  document.querySelectorAll('[data-clock]').forEach((element) => {
    show(element, Date.parse(element.dataset.clock));
  });
  const form = document.querySelector('[data-hour]');
  const knew = form && form.querySelector('[name="known_at"]');
  const since = knew ? Date.parse(knew.value.slice(0, 16) + SITE) : NaN;
  if (!Number.isNaN(since)) {
    show(form.querySelector('[data-hour-left]'), since + Number(form.dataset.hour) * 60000);
  }
}

tick();
setInterval(tick, 1000);
