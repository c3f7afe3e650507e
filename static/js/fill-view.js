/* How the floor page shows things: the verdict, the checks, the weighing, the tiles. It decides nothing. */
(function () {
  'use strict';
  var root = document.querySelector('[data-fill]');
  if (!root) { return; }
  var words = root.dataset, panel = root.querySelector('[data-panel]'), bays = root.querySelector('[data-bays]');
  var icons = (document.querySelector('.icon use').getAttribute('href') || '').split('#')[0];

  function part(name) { return document.importNode(root.querySelector('template[data-of="' + name + '"]').content, true); }
  function find(selector, from) { return (from || panel).querySelector(selector); }
  function clear() { panel.textContent = ''; root.classList.remove('is-busy'); root.classList.remove('is-weighing'); }

  /* On a small screen what is asked now takes the place of everything else. */
  function busy() {
    root.classList.add('is-busy');
    panel.scrollIntoView({ block: 'start' });
  }
  function kg(grams) { return (grams / 1000).toFixed(grams % 100 ? 2 : 1) + ' kg'; }
  function plain(text) { return text.replace(/[（(][^（）()]*[）)]\s*$/, ''); }
  function name(piece) { return piece ? [piece.own_number, piece.serial || piece.code, piece.model].filter(Boolean).join(' · ') : ''; }

  /* The big answer: true, false, or null for wait. The first refusal is what is spoken. */
  function verdict(allowed, detail, reasons) {
    clear();
    var box = part('verdict'), section = box.querySelector('[data-box]'), list = box.querySelector('[data-reasons]');
    var text = allowed === null ? words.textWait : allowed ? words.textMay : words.textMayNot;
    section.className = 'answer answer-' + (allowed === null ? 'wait' : allowed ? 'yes' : 'no');
    box.querySelector('[data-shape]').setAttribute('href', icons + '#' + (allowed === null ? 'hourglass' : allowed ? 'check' : 'x'));
    box.querySelector('[data-words]').textContent = text;
    box.querySelector('[data-detail]').textContent = detail || '';
    box.querySelector('[data-detail]').hidden = !detail;
    (reasons || []).forEach(function (reason) {
      var line = document.createElement('li'), cite = document.createElement('small');
      line.textContent = (reason.effect === 'warn' ? words.textWarn + ' ' : '') + reason.code + ' ' + reason.text;
      cite.textContent = [reason.citation.document, reason.citation.clause].filter(Boolean).join(' ') + (reason.citation.verified ? '' : ' · ' + words.textUnverified);
      line.appendChild(cite);
      list.appendChild(line);
    });
    panel.appendChild(box);
    busy();
    var first = (reasons || []).filter(function (reason) { return reason.effect !== 'warn'; })[0];
    if (allowed !== null) {
      window.scanning.sound(allowed ? 'yes' : 'no');
      window.scanning.speak(first ? plain(first.text) + '，' + text : text);
    }
  }

  /* A fault is offered where its item is one of the bottle's: an answer to another item would count for nothing. */
  function only(box, name, items) {
    Array.prototype.forEach.call(box.querySelectorAll('[data-' + name + ']'), function (button) {
      button.hidden = Boolean(button.dataset[name]) && items.indexOf(button.dataset[name]) < 0;
    });
  }

  function checks(fill) {
    var box = part('checks');
    box.querySelector('[data-bottle]').textContent = name(fill.piece) + (fill.bay ? ' → ' + fill.bay : '');
    only(box, 'fault', fill.items);
    panel.appendChild(box);
  }

  function weigh(fill, unit, items) {
    clear();
    var box = part('weigh');
    box.querySelector('[data-bottle]').textContent = name(fill.piece) + (fill.bay ? ' · ' + fill.bay : '') + (fill.checked ? '' : ' · ' + words.textUnchecked);
    box.querySelector('[data-highest]').textContent = unit === 'kg' && fill.max_gross_g ? words.textHighest + ' ' + kg(fill.max_gross_g) : '';
    box.querySelector('[data-amount-label]').textContent = unit === 'kg' ? words.textGross : words.textPressure;
    box.querySelector('[data-unit]').textContent = unit;
    only(box, 'after', items);
    box.querySelector('[data-void]').hidden = fill.state === 'overfilled';
    panel.appendChild(box);
    root.classList.add('is-weighing');
    find('#amount').focus({ preventScroll: true });
    busy();
  }

  function add(template, first) { panel.insertBefore(part(template), first ? panel.firstChild : null); }

  function line(tag, text, className) {
    var made = document.createElement(tag);
    made.textContent = text;
    if (className) { made.className = className; }
    return made;
  }

  /* One tile per scale: what stands there, since when, and whether the next scan goes there. */
  function tiles(stations, fills, next) {
    bays.textContent = '';
    stations.forEach(function (station, place) {
      var here = fills.filter(function (fill) { return fill.bay === station.bay; });
      var item = document.createElement('li'), tile = document.createElement('button');
      tile.type = 'button';
      tile.dataset.bay = place;
      tile.setAttribute('aria-pressed', place === next ? 'true' : 'false');
      tile.className = 'tile' + (place === next ? ' is-next' : '') + (here.length ? ' is-open' : '');
      tile.appendChild(line('span', station.bay + ' · ' + station.gas, 'tile-name'));
      if (!here.length) { tile.appendChild(line('small', words.textFree)); }
      here.forEach(function (fill) {
        var minutes = Math.max(0, Math.floor((Date.now() - fill.since) / 60000));
        if (minutes >= 120) { tile.classList.add('is-late'); }
        if (fill.state === 'overfilled') { tile.classList.add('is-bad'); }
        tile.appendChild(line('div', words.textMinutes.replace('{n}', minutes), 'tile-big'));
        tile.appendChild(line('small', name(fill.piece) + (fill.state === 'overfilled' ? ' · ' + words.textOver : fill.checked ? '' : ' · ' + words.textUnchecked)));
      });
      item.appendChild(tile);
      bays.appendChild(item);
    });
  }

  window.fillView = { verdict: verdict, checks: checks, weigh: weigh, tiles: tiles, add: add, clear: clear, find: find, kg: kg, panel: panel };
}());
