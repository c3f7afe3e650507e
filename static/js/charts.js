/* Draws <div class="chart" data-chart="ID"> from <script type="application/json" id="ID">, an ECharts
   option. The same option is drawn for the PDF, so nothing here changes what a chart says: only theme, size
   and tooltips. Load echarts.min.js before it. */
(function () {
  'use strict';
  /* Options name the colours of paper; on a dark page each has one that stands out as much. */
  var ON_DARK = {
    '#12548f': '#6fa8ec', '#b45309': '#f2a65a', '#1a7f4b': '#5cc48d', '#6b4fa0': '#b9a3ea',
    '#8a97a6': '#a3b0be', '#b42318': '#ff8b85', '#d97706': '#f5b83d'
  };
  var drawn = [];

  function onDark(key, value) {
    return Object.prototype.hasOwnProperty.call(ON_DARK, value) ? ON_DARK[value] : value;
  }

  function draw(place) {
    var dark = document.documentElement.getAttribute('data-bs-theme') === 'dark';
    var text = document.getElementById(place.dataset.chart).textContent;
    var option = JSON.parse(text, dark ? onDark : undefined);
    var old = window.echarts.getInstanceByDom(place);
    if (old) { old.dispose(); drawn = drawn.filter(function (chart) { return chart !== old; }); }
    var chart = window.echarts.init(place, dark ? 'dark' : null, { renderer: 'svg' });
    var shown = { renderMode: 'richText', confine: true };
    option.tooltip = Object.assign({ trigger: 'axis' }, option.tooltip, shown);
    option.backgroundColor = 'transparent';
    var font = { fontFamily: getComputedStyle(document.body).fontFamily };
    option.textStyle = Object.assign(font, option.textStyle);
    option.animation = !window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    chart.setOption(option);
    chart.on('click', function (point) {
      if (point.data && point.data.url && point.data.url.charAt(0) === '/') {
        window.location.assign(point.data.url);
      }
    });
    drawn.push(chart);
  }

  function drawAll(root) {
    Array.prototype.forEach.call(root.querySelectorAll('[data-chart]'), draw);
  }

  document.addEventListener('theme', function () { drawAll(document); });
  document.addEventListener('htmx:load', function (event) {
    if (event.detail.elt !== document.body) { drawAll(event.detail.elt); }
  });
  window.addEventListener('resize', function () { drawn.forEach(function (chart) { chart.resize(); }); });
  window.addEventListener('beforeprint', function () {
    drawn.forEach(function (chart) { chart.resize(); });
  });
  drawAll(document);
}());
