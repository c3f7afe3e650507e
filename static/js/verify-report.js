/* Whether a report is on file: its digest is worked out here, the file does not leave this device. */
const form = document.querySelector('[data-verify]');

async function digestOf(file) {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

if (form) {
  const chooser = form.querySelector('[data-verify-file]'), say = form.querySelector('[data-verify-say]');
  chooser.addEventListener('change', () => {
    const file = chooser.files[0];
    if (!file) { return; }
    if (!window.crypto || !crypto.subtle) {
      say.textContent = form.dataset.textInsecure;
      return;
    }
    say.textContent = form.dataset.textWorking;
    digestOf(file).then((digest) => {
      form.elements.q.value = digest;
      form.submit();
    });
  });
}
