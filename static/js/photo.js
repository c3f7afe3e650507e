/* A photo of any size becomes one the server takes: its long side 1600 px. */
const LONG_SIDE = 1600, QUALITY = 0.85;

/* `draw(pen, width, height)`, where given, writes on the picture. */
export function smaller(file, draw) {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(file), picture = new Image();
    const unreadable = () => reject(new Error('unreadable'));
    picture.onerror = () => { URL.revokeObjectURL(url); unreadable(); };
    picture.onload = () => {
      const scale = Math.min(1, LONG_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(picture.naturalWidth * scale);
      canvas.height = Math.round(picture.naturalHeight * scale);
      const pen = canvas.getContext('2d');
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(url);
      if (draw) { draw(pen, canvas.width, canvas.height); }
      canvas.toBlob((blob) => { if (blob) { resolve(blob); } else { unreadable(); } }, 'image/jpeg', QUALITY);
    };
    picture.src = url;
  });
}
