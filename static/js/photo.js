/* A photo of any size becomes one the server takes: its long side 1600 px. */
const LONG_SIDE = 1600, QUALITY = 0.85;

export function smaller(file) {
  return new Promise((resolve, reject) => {
    const url = URL.createObjectURL(file), picture = new Image();
    const unreadable = () => reject(new Error('unreadable'));
    picture.onerror = () => { URL.revokeObjectURL(url); unreadable(); };
    picture.onload = () => {
      const scale = Math.min(1, LONG_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(picture.naturalWidth * scale);
      canvas.height = Math.round(picture.naturalHeight * scale);
      canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(url);
      canvas.toBlob((blob) => { if (blob) { resolve(blob); } else { unreadable(); } }, 'image/jpeg', QUALITY);
    };
    picture.src = url;
  });
}
