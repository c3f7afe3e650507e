/* Draws <div class="chart" data-chart="ID"> from <script type="application/json" id="ID">, an ECharts
   option. The same option is drawn for the PDF, so nothing here changes what a chart says: only theme, size
   and tooltips. Load echarts.min.js before it. */
(function () {
  'use strict';
  var drawn = [];

  function draw(place) {
    var option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    var dark = document.documentElement.getAttribute('data-bs-theme') === 'dark';
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
