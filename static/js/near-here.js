/* "Nearest next" of a list that the server orders: the link takes along where this phone is, if it says. */
import { whereAmI } from './position.js';

document.querySelectorAll('a[data-near]').forEach((link) => {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    link.setAttribute('aria-busy', 'true');
    whereAmI().then((here) => {
      const url = new URL(link.href);
      if (here) {
        url.searchParams.set('lat', here.latitude.toFixed(5));
        url.searchParams.set('lon', here.longitude.toFixed(5));
      }
      window.location.assign(url);
    });
  });
});
