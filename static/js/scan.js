/* Scanning: one input that a wedge gun types into, a hand types into, and the camera fills. Whoever uses it
   listens for the event `scan` ({text, source: 'typed' | 'camera'}) on the form [data-scan] and calls
   preventDefault(), or gives the form hx-post with hx-trigger="scan"; else the form posts. Cleaning the
   text (full width, inverted case, URL) is the server's: one parser for every input. The same code within 2 s
   is the event `scan-again`; who does not prevent it leaves a toast. Also sounds, vibration and speech. */
import { readings } from './scan-rules.js';

(function () {
  var LOOK_EVERY = 160;
  var FORMATS = ['qr_code', 'data_matrix', 'code_128', 'code_39', 'ean_13'];
  var reading = readings();

  function goes(form, name, detail) {
    return form.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail: detail }));
  }

  /* The same code within 2 s is one scan, whichever way it came; whoever meant a second one is told. */
  function emit(form, text, source) {
    var detail = { text: text, source: source };
    var what = text ? reading.take(text, source, Date.now()) : '';
    if (what === 'again' && goes(form, 'scan-again', detail)) {
      window.tracker.say(form.dataset.textAgain.replace('{code}', text));
    }
    if (what !== 'scan') { return; }
    var box = boxOf(form);
    box.value = text;
    var go = goes(form, 'scan', detail);
    if (go && !form.hasAttribute('hx-post')) { form.submit(); return; }
    box.value = '';
    box.focus();
  }

  /* What was read before counts no more: the same code now is meant. */
  function forget() { reading.forget(); }

  function boxOf(form) { return form.querySelector('[data-scan-box]'); }

  function fire(form, source) {
    var box = boxOf(form), text = box.value.trim();
    box.value = '';
    emit(form, text, source);
  }

  function why(form, text) {
    var place = form.querySelector('[data-scan-why]');
    place.textContent = text;
    place.hidden = !text;
  }

  /* A gun ends with Enter or Tab; under a Chinese input method the Enter may belong to the composition
     (keyCode 229). */
  function listen(form) {
    var box = boxOf(form);
    box.addEventListener('keydown', function (event) {
      if (event.isComposing || event.keyCode === 229) { return; }
      if (event.key === 'Enter' || (event.key === 'Tab' && box.value.trim())) {
        event.preventDefault();
        fire(form, 'typed');
      }
    });
    form.addEventListener('submit', function (event) { event.preventDefault(); fire(form, 'typed'); });
    var camera = form.querySelector('[data-scan-camera]');
    if (!camera) { return; }
    camera.hidden = false;
    camera.addEventListener('click', function () { openCamera(form); });
    form.querySelector('[data-scan-stop]').addEventListener('click', function () { closeCamera(form); });
  }

  /* A gun types wherever the focus is: letters that go nowhere go to the box. */
  document.addEventListener('keydown', function (event) {
    var box = document.querySelector('[data-scan-box]'), at = document.activeElement;
    if (!box || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) { return; }
    var isTypedInto = at && (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable);
    if (isTypedInto || (at && at.closest('dialog'))) { return; }
    box.focus();
  });

  /* The camera */
  function reasonAgainst(form) {
    if (/MicroMessenger/i.test(navigator.userAgent)) { return form.dataset.textWechat; }
    if (!window.isSecureContext) { return form.dataset.textInsecure; }
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { return form.dataset.textMissing; }
    return '';
  }

  function load(src) {
    return new Promise(function (resolve, reject) {
      var script = document.createElement('script');
      script.src = src;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  function nativeFormats() {
    return 'BarcodeDetector' in window ? window.BarcodeDetector.getSupportedFormats() : Promise.resolve([]);
  }

  function detector(form) {
    return nativeFormats().then(function (known) {
      var wanted = FORMATS.filter(function (format) { return known.indexOf(format) >= 0; });
      if (wanted.indexOf('qr_code') >= 0) { return new window.BarcodeDetector({ formats: wanted }); }
      var loaded = window.BarcodeDetectionAPI ? Promise.resolve() : load(form.dataset.cameraScript);
      return loaded.then(function () {
        var api = window.BarcodeDetectionAPI;
        Object.hasOwn = Object.hasOwn || function (owner, key) {
          return Object.prototype.hasOwnProperty.call(owner, key);
        };
        api.prepareZXingModule({
          overrides: { locateFile: function () { return form.dataset.cameraWasm; } }
        });
        return new api.BarcodeDetector({ formats: FORMATS });
      });
    });
  }

  function openCamera(form) {
    var against = reasonAgainst(form);
    why(form, against || form.dataset.textStarting);
    if (against) { return; }
    var view = form.querySelector('[data-scan-view]'), video = view.querySelector('video');
    var wanted = { video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false };
    navigator.mediaDevices.getUserMedia(wanted).then(function (stream) {
      video.srcObject = stream;
      view.hidden = false;
      return Promise.all([detector(form), video.play()]);
    }).then(function (ready) { why(form, ''); look(form, video, ready[0]); }, function (refused) {
      var isDenied = refused && refused.name === 'NotAllowedError';
      closeCamera(form);
      why(form, isDenied ? form.dataset.textDenied : form.dataset.textMissing);
    });
  }

  function look(form, video, reader) {
    if (!video.srcObject) { return; }
    function again() { setTimeout(function () { look(form, video, reader); }, LOOK_EVERY); }
    reader.detect(video).then(function (found) {
      if (found.length) { emit(form, found[0].rawValue.trim(), 'camera'); }
      again();
    }, again);
  }

  function closeCamera(form) {
    var view = form.querySelector('[data-scan-view]'), video = view.querySelector('video');
    if (video.srcObject) { video.srcObject.getTracks().forEach(function (track) { track.stop(); }); }
    video.srcObject = null;
    view.hidden = true;
    boxOf(form).focus();
  }

  /* Sounds: yes is one high tone, no is three low ones; different in rhythm too, because a filling hall is
     loud. */
  var audio = null;
  var TONES = { yes: [[1320, 0, 0.18]], no: [[220, 0, 0.22], [220, 0.3, 0.22], [220, 0.6, 0.4]] };
  var SHAKES = { yes: [80], no: [300, 120, 300, 120, 500] };

  function sound(kind) {
    if (navigator.vibrate && SHAKES[kind]) { navigator.vibrate(SHAKES[kind]); }
    if (!TONES[kind] || !(window.AudioContext || window.webkitAudioContext)) { return; }
    audio = audio || new (window.AudioContext || window.webkitAudioContext)();
    if (audio.state === 'suspended') { audio.resume(); }
    TONES[kind].forEach(function (tone) {
      var wave = audio.createOscillator(), loud = audio.createGain(), from = audio.currentTime + tone[1];
      wave.type = kind === 'no' ? 'square' : 'sine';
      wave.frequency.value = tone[0];
      loud.gain.value = 0.35;
      wave.connect(loud);
      loud.connect(audio.destination);
      wave.start(from);
      wave.stop(from + tone[2]);
    });
  }

  /* Speech only from a voice on the device: a remote one would send our words to another host. */
  function speak(text) {
    if (!window.speechSynthesis || !text) { return; }
    var wanted = document.documentElement.lang.slice(0, 2);
    var voice = window.speechSynthesis.getVoices().filter(function (one) {
      return one.localService && one.lang.slice(0, 2) === wanted;
    })[0];
    if (!voice) { return; }
    var words = new SpeechSynthesisUtterance(text);
    words.voice = voice;
    words.lang = voice.lang;
    window.speechSynthesis.cancel();
    window.speechSynthesis.speak(words);
  }

  /* An answer that appears in the page sounds and is spoken once. */
  function announce(root) {
    var answers = Array.prototype.slice.call(root.querySelectorAll('[data-sound]'));
    if (root.matches && root.matches('[data-sound]')) { answers.unshift(root); }
    answers.filter(function (answer) { return !answer.dataset.said; }).forEach(function (answer) {
      answer.dataset.said = '1';
      sound(answer.dataset.sound);
      speak(answer.dataset.say);
    });
  }

  function keypad(event) {
    var key = event.target.closest('[data-key]');
    if (!key) { return; }
    var box = document.getElementById(key.closest('[data-keypad]').dataset.keypad), pressed = key.dataset.key;
    box.value = pressed === 'clear' ? '' : pressed === 'back' ? box.value.slice(0, -1) : box.value + pressed;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }

  Array.prototype.forEach.call(document.querySelectorAll('form[data-scan]'), listen);
  document.addEventListener('click', keypad);
  document.addEventListener('htmx:load', function (event) {
    var part = event.detail.elt;
    if (!part.querySelectorAll) { return; }
    if (part !== document.body) {
      Array.prototype.forEach.call(part.querySelectorAll('form[data-scan]'), listen);
    }
    announce(part);
  });
  announce(document);

  window.scanning = { sound: sound, speak: speak, announce: announce, emit: emit, forget: forget };
}());
