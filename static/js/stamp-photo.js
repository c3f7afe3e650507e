/* The photo of the stamps stands beside the fields it is compared with. */
const place = document.querySelector('[data-stamp-photo]');
const input = place && place.querySelector('input[type="file"]');

if (input) {
  const picture = place.querySelector('img');
  input.addEventListener('change', () => {
    if (picture.src) { URL.revokeObjectURL(picture.src); }
    const photo = input.files[0];
    picture.hidden = !photo;
    if (photo) { picture.src = URL.createObjectURL(photo); } else { picture.removeAttribute('src'); }
  });
}
