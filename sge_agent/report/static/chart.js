// Curves as SVG, drawn at the width they have on the screen, read with pointer or arrow keys.
const BOX = { left: 46, right: 14, top: 12, bottom: 36, height: 230 };

// series: {label, colour, dashed, faint, dots, points: [{x, mean, low, high}]}; options: top, xLabel, xText, log, note
function chart(title, note) {
  const figure = h("figure", { class: "chart", tabindex: "0", role: "group" });
  const caption = h("figcaption", {}, h("b", {}, title), note ? h("span", {}, note) : null);
  const place = h("div", { class: "plot" });
  const legend = h("ul", { class: "legend" });
  const reading = h("p", { class: "visually-hidden", "aria-live": "polite" });
  figure.append(caption, place, legend, reading);
  const state = { series: [], options: {}, at: null };
  const redraw = () => drawChart(title, figure, place, legend, state);
  const show = (x, spoken) => {
    state.at = x;
    redraw();
    if (spoken) reading.textContent = x === null ? "" : readingText(state);
  };
  figure.addEventListener("keydown", (event) => {
    const xs = allXs(state.series);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape" && state.at !== null) { show(null, true); event.stopPropagation(); return; }
    if (!step || !xs.length || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const now = state.at === null ? (step > 0 ? -1 : xs.length) : xs.indexOf(nearest(xs, state.at));
    show(xs[Math.max(0, Math.min(xs.length - 1, now + step))], true);
  });
  figure.addEventListener("blur", () => state.at !== null && show(null, false));
  place.addEventListener("pointermove", (event) => {
    if (!state.scale) return;
    const left = place.getBoundingClientRect().left;
    show(nearest(allXs(state.series), state.scale.back(event.clientX - left)), false);
  });
  place.addEventListener("pointerleave", () => show(null, false));
  new ResizeObserver(() => { if (Math.round(place.clientWidth) !== state.width) redraw(); }).observe(place);
  figure.update = (series, options) => {
    state.series = series.filter((one) => one.points.length);
    state.options = options;
    figure.hidden = !state.series.length;
    if (!figure.hidden) redraw();
  };
  return figure;
}

function allXs(series) {
  return [...new Set(series.filter((one) => !one.faint).flatMap((one) => one.points.map((p) => p.x)))].sort((a, b) => a - b);
}
function nearest(xs, x) {
  return xs.reduce((best, own) => (Math.abs(own - x) < Math.abs(best - x) ? own : best), xs[0]);
}
function valueAt(one, x) {
  const reach = one.points;
  if (!reach.length || x < reach[0].x || x > reach[reach.length - 1].x) return null;
  return reach.reduce((best, p) => (Math.abs(p.x - x) < Math.abs(best.x - x) ? p : best), reach[0]);
}
function readingText({ series, options, at }) {
  const values = series.filter((one) => !one.faint).map((one) => [one.label, valueAt(one, at)]).filter(([, p]) => p);
  return `${options.xLabel} ${options.xText(at)}: ${values.map(([label, p]) => `${label} ${short(p.mean)}`).join(", ")}`;
}

function drawChart(title, figure, place, legend, state) {
  const width = Math.round(place.clientWidth);
  if (!width) return;
  state.width = width;
  const { series, options } = state;
  const xs = series.flatMap((one) => one.points.map((p) => p.x));
  const [left, right] = limits(Math.min(...xs), Math.max(...xs), options.log);
  const highest = options.top || roundUp(Math.max(...series.flatMap((one) => one.points.map((p) => Math.max(p.mean, p.high ?? p.mean)))));
  const scale = makeScale(left, right, highest, width, options.log);
  state.scale = scale;
  const parts = [...axes(scale, options, left, right, highest, width)];
  for (const one of series) parts.push(...drawSeries(one, scale, highest, state.width));
  if (state.at !== null) {
    const x = scale.x(state.at).toFixed(1);
    parts.push(svg("line", { class: "cross", x1: x, x2: x, y1: BOX.top, y2: BOX.height - BOX.bottom }));
  }
  const named = series.filter((one) => !one.faint);
  const ends = named.map((one) => `${one.label} ends at ${short(one.points[one.points.length - 1].mean)}`).join("; ");
  figure.setAttribute("aria-label", `${title}, by ${options.xLabel}. ${ends}. Arrow keys read values.`);
  place.replaceChildren(svg("svg", { width, height: BOX.height, viewBox: `0 0 ${width} ${BOX.height}`, "aria-hidden": "true" }, parts));
  legend.replaceChildren(...named.map((one) => legendItem(one, state)));
}
function legendItem(one, state) {
  const p = state.at === null ? one.points[one.points.length - 1] : valueAt(one, state.at);
  const range = p && p.high - p.low > 1e-9 ? h("span", { class: "range" }, ` ${short(Math.max(p.low, 0))}–${short(p.high)}`) : null;
  return h("li", {}, swatch(one), one.label, " ", h("b", {}, p ? short(p.mean) : "–"), range);
}
function swatch(one) {
  return svg("svg", { class: `swatch ${one.colour}`, width: 22, height: 10, "aria-hidden": "true" },
    svg("line", { class: lineClass(one), x1: 1, x2: 21, y1: 5, y2: 5 }), one.dots ? svg("circle", { class: "dot", cx: 11, cy: 5, r: 3 }) : null);
}
const lineClass = (one) => `line${one.dashed ? ` dash${one.dashed === true ? 1 : one.dashed}` : ""}${one.faint ? " faint" : ""}`;
function limits(left, right, log) {
  if (left !== right) return [left, right];
  return log ? [left / 2, left * 2] : [left - 0.5, left + 0.5];
}
function makeScale(left, right, highest, width, log) {
  const map = log ? Math.log2 : (v) => v;
  const room = width - BOX.left - BOX.right;
  const [a, b] = [map(left), map(right)];
  return {
    x: (v) => BOX.left + ((map(v) - a) / (b - a)) * room,
    y: (v) => BOX.top + (1 - Math.max(0, Math.min(v / highest, 1))) * (BOX.height - BOX.top - BOX.bottom),
    back: (px) => { const v = a + ((px - BOX.left) / room) * (b - a); return log ? 2 ** v : v; },
  };
}
function* axes(scale, options, left, right, highest, width) {
  for (let i = 0; i <= 4; i += 1) {
    const y = scale.y((highest * i) / 4).toFixed(1);
    yield svg("line", { class: "grid", x1: BOX.left, x2: width - BOX.right, y1: y, y2: y });
    yield svg("text", { class: "tick", x: BOX.left - 7, y: Number(y) + 4, "text-anchor": "end" }, short((highest * i) / 4));
  }
  const marks = options.log ? allXs([{ points: powers(left, right) }]) : ticks(left, right, Math.max(3, Math.floor(width / 75)), options.whole);
  for (const x of marks) {
    yield svg("text", { class: "tick", x: scale.x(x).toFixed(1), y: BOX.height - BOX.bottom + 17, "text-anchor": "middle" }, options.xText(x));
  }
  yield svg("text", { class: "tick", x: width - BOX.right, y: BOX.height - 4, "text-anchor": "end" }, options.xLabel);
}
function powers(left, right) {
  const found = [];
  for (let k = 1; k <= right * 1.001; k *= 2) if (k >= left * 0.999) found.push({ x: k });
  return found;
}
function drawSeries(one, scale, highest, width) {
  const points = thinned(one.points, Math.max(60, Math.min(400, width)));
  const place = (p, key) => `${scale.x(p.x).toFixed(1)},${scale.y(p[key]).toFixed(1)}`;
  const parts = [];
  if (points.some((p) => p.high - p.low > 1e-9)) {
    if (one.dots && points.length < 40) {
      for (const p of points) if (p.high > p.low) parts.push(svg("line", { class: "whisker", x1: scale.x(p.x), x2: scale.x(p.x), y1: scale.y(p.low), y2: scale.y(p.high) }));
    } else {
      const there = points.map((p) => place(p, "high"));
      const back = [...points].reverse().map((p) => place(p, "low"));
      parts.push(svg("polygon", { class: "band", points: there.concat(back).join(" ") }));
    }
  }
  if (points.length > 1) parts.push(svg("polyline", { class: lineClass(one), points: points.map((p) => place(p, "mean")).join(" ") }));
  if (one.dots || points.length === 1) for (const p of points) parts.push(svg("circle", { class: "dot", cx: scale.x(p.x), cy: scale.y(p.mean), r: 3 }));
  return [svg("g", { class: one.colour }, parts)];
}
