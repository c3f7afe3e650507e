/* A canvas that takes a signature by finger, pen or mouse. `changed` is called with each stroke. */
export function signaturePad(canvas, changed) {
  const pen = canvas.getContext('2d');
  let at = null, isEmpty = true;
  Object.assign(pen, { lineWidth: 4, lineCap: 'round', lineJoin: 'round', strokeStyle: '#10243f' });

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) * canvas.width / box.width,
      y: (event.clientY - box.top) * canvas.height / box.height
    };
  }

  canvas.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    at = place(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!at) { return; }
    const to = place(event);
    pen.beginPath();
    pen.moveTo(at.x, at.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    at = to;
    isEmpty = false;
  });
  ['pointerup', 'pointercancel'].forEach((name) => canvas.addEventListener(name, () => {
    if (at && !isEmpty) { changed(); }
    at = null;
  }));

  return {
    isEmpty: () => isEmpty,
    clear: () => { pen.clearRect(0, 0, canvas.width, canvas.height); isEmpty = true; changed(); },
    address: () => (isEmpty ? '' : canvas.toDataURL('image/png')),
    blob: () => new Promise((resolve) => canvas.toBlob(resolve, 'image/png')),
    show: (address) => {
      const picture = new Image();
      picture.onload = () => { pen.drawImage(picture, 0, 0); isEmpty = false; };
      picture.src = address;
    }
  };
}
