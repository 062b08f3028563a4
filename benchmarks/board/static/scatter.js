// Cost against gain: a mark for every arm, read with pointer or arrow keys, and as a table.
const COSTS = { seconds: ["CPU seconds", "CPU time"], tokens: ["generated tokens", "Tokens"] };
const ROOM = { left: 52, right: 18, top: 14, bottom: 36, height: 320 };
const classOfKind = (kind) => kind.toLowerCase().replace(" ", "-");
const kindClass = (name) => classOfKind(ABOUT.get(name).kind);

function scatter(title, state, toggle) {
  const figure = h("figure", { class: "chart scatter", tabindex: "0", role: "group" });
  const place = h("div", { class: "plot" });
  const reading = h("p", { class: "reading", "aria-live": "polite" });
  const front = h("p", { class: "small" });
  const rows = h("div");
  const list = h("details", { class: "more", ontoggle: () => fillTable() }, h("summary", {}, "As a table"), rows);
  figure.append(h("figcaption", {}, h("b", {}, title), h("span", {}, "held-out pass@1 above that of grpo, with 95 % interval")), place, reading, front, list);
  const own = { points: [], cost: "seconds", at: null, width: 0, scene: null };
  const redraw = () => drawScatter(own, place, state, (at) => show(at), toggle);
  function show(at) {
    if (at === own.at) return;
    own.at = at;
    reading.textContent = at === null ? hint() : pointText(own.points[at], own.cost);
    drawActive(own);
  }
  const hint = () => "Point at a mark, or use the arrow keys; Enter or a click draws its curve.";
  figure.addEventListener("keydown", (event) => {
    if (event.target !== figure || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const last = own.points.length - 1;
    if (step) show(own.at === null ? (step > 0 ? 0 : last) : Math.max(0, Math.min(last, own.at + step)));
    else if (event.key === "Enter" && own.at !== null) toggle(own.points[own.at].name);
    else if (event.key === "Escape") show(null);
    else return;
    event.preventDefault();
  });
  figure.addEventListener("blur", () => show(null));
  place.addEventListener("pointerleave", () => show(null));
  new ResizeObserver(() => { if (Math.round(place.clientWidth) !== own.width) redraw(); }).observe(place);
  function fillTable() {
    if (!list.open) return;
    rows.replaceChildren(table(["method", COSTS[own.cost][0], "gain over grpo"],
      own.points.map((p) => [p.name, short(p.cost), [signed(p.gain[0]), soft(p.gain, signed)]]), `${title}: cost and gain`));
  }
  figure.redraw = redraw;
  figure.update = (slice, cost) => {
    own.cost = cost;
    own.at = null;
    own.points = pointsOf(slice, cost);
    figure.setAttribute("aria-label", `${title}: ${COSTS[cost][0]} against gain in held-out pass@1 over grpo, ${plural(own.points.length, "method")}. Arrow keys read values.`);
    const best = frontier(own.points);
    front.textContent = best.length ? `Nothing cheaper gains more than ${best.map((p) => p.name).join(", ")} (the dashed line).` : "";
    reading.textContent = hint();
    fillTable();
    redraw();
  };
  return figure;
}

function pointsOf(slice, cost) {
  const all = Object.entries(slice.lines).map(([name, line]) => ({ name, cost: line[cost], gain: name === "grpo" ? [0, 0, 0] : line.gain }));
  return all.filter((p) => p.gain && p.cost > 0).sort((a, b) => a.cost - b.cost || b.gain[0] - a.gain[0]);
}
// From cheap to dear, each that gains more than all cheaper ones, and anything at all.
function frontier(points) {
  let best = 0;
  return points.filter((p) => { const better = p.gain[0] > best; best = Math.max(best, p.gain[0]); return better; });
}
function pointText(p, cost) {
  return `${p.name}: ${short(p.cost)} ${COSTS[cost][0]}, gain ${signed(p.gain[0])} (${signed(p.gain[1])} to ${signed(p.gain[2])})`;
}
function drawScatter(own, place, state, show, toggle) {
  const width = Math.round(place.clientWidth);
  if (!width || !own.points.length) return;
  own.width = width;
  const scale = scatterScale(own.points, width);
  const named = (p) => isReference(p.name) || state.chosen.has(p.name);
  const order = [...own.points].sort((a, b) => named(a) - named(b));
  const names = placed(own.points.filter(named), scale, width);
  const over = svg("g");
  const targets = own.points.map((p, i) => svg("circle", { class: "target", cx: scale.x(p.cost).toFixed(1), cy: scale.y(p.gain[0]).toFixed(1), r: 12, "data-arm": p.name,
    onpointerenter: () => show(i), onclick: () => toggle(p.name) }));
  const steps = frontier(own.points).map((p, i) => `${i ? `H${scale.x(p.cost).toFixed(1)}V` : `M${scale.x(p.cost).toFixed(1)},`}${scale.y(p.gain[0]).toFixed(1)}`).join("");
  place.replaceChildren(svg("svg", { width, height: ROOM.height, viewBox: `0 0 ${width} ${ROOM.height}`, "aria-hidden": "true" },
    [...scatterAxes(scale, width, own.cost)], steps ? svg("path", { class: "front", d: `${steps}H${width - ROOM.right}` }) : null,
    order.map((p) => mark(p, scale, named(p))), names.map(nameText), over, targets));
  own.scene = { scale, width, over, names };
  drawActive(own);
}
// What is pointed at is drawn over the rest, which stays: a tap must find the mark that it began on.
function drawActive({ points, at, scene }) {
  if (!scene) return;
  const { scale, width, over, names } = scene;
  const p = points[at];
  over.replaceChildren(...(p ? [whisker(p, scale), svg("circle", { class: "halo", cx: scale.x(p.cost), cy: scale.y(p.gain[0]), r: 9 }),
    ...(names.some((one) => one.name === p.name) ? [] : placed([p], scale, width, names).map(nameText))] : []));
}
const MARKS = {
  alone: (x, y) => svg("circle", { cx: x, cy: y, r: 4.5 }),
  "on-sge": (x, y) => svg("path", { class: "at", d: `M${x - 4.2},${y - 4.2}h8.4v8.4h-8.4z` }),
  composition: (x, y) => svg("path", { class: "at", d: `M${x},${y - 6}l6,6l-6,6l-6,-6z` }),
};
function mark(p, scale, named) {
  const [x, y] = [Number(scale.x(p.cost).toFixed(1)), Number(scale.y(p.gain[0]).toFixed(1))];
  return svg("g", { class: `${kindClass(p.name)}${named ? "" : " faded"}` }, named ? whisker(p, scale) : null, MARKS[kindClass(p.name)](x, y));
}
function whisker(p, scale) {
  return svg("line", { class: `whisker ${kindClass(p.name)}`, x1: scale.x(p.cost), x2: scale.x(p.cost), y1: scale.y(p.gain[1]), y2: scale.y(p.gain[2]) });
}
// Names beside their marks, each at the first place where it meets no other name.
function placed(points, scale, width, others = []) {
  const taken = [...others];
  return points.flatMap(({ name, cost, gain }) => {
    const [x, y, long] = [scale.x(cost), scale.y(gain[0]), 7.2 * name.length];
    const places = [-7, 15, -21, 29].flatMap((dy) => [9, -9 - long].map((dx) => ({ name, left: x + dx, right: x + dx + long, y: y + dy })))
      .filter((one) => one.left > 0 && one.right < width && one.y > 10);
    const free = places.find((one) => !taken.some((other) => one.left < other.right && other.left < one.right && Math.abs(one.y - other.y) < 13)) || places[0];
    if (!free) return [];
    taken.push(free);
    return [free];
  });
}
const nameText = ({ name, left, y }) => svg("text", { class: "label", x: left.toFixed(1), y: y.toFixed(1) }, name);
function scatterScale(points, width) {
  const costs = points.map((p) => Math.log(p.cost));
  const [left, right] = [Math.min(...costs) - 0.05, Math.max(...costs) + 0.05];
  const low = Math.min(-0.05, ...points.map((p) => p.gain[0] - 0.03));
  const high = Math.max(0.1, ...points.map((p) => p.gain[0] + 0.06));
  return {
    left: Math.exp(left), right: Math.exp(right), low, high,
    x: (cost) => ROOM.left + ((Math.log(cost) - left) / (right - left)) * (width - ROOM.left - ROOM.right),
    y: (gain) => ROOM.top + (1 - Math.max(0, Math.min(1, (gain - low) / (high - low)))) * (ROOM.height - ROOM.top - ROOM.bottom),
  };
}
function* scatterAxes(scale, width, cost) {
  for (const gain of ticksBetween(scale.low, scale.high, 5)) {
    const y = scale.y(gain).toFixed(1);
    yield svg("line", { class: Math.abs(gain) < 1e-9 ? "zero" : "grid", x1: ROOM.left, x2: width - ROOM.right, y1: y, y2: y });
    yield svg("text", { class: "tick", x: ROOM.left - 7, y: Number(y) + 4, "text-anchor": "end" }, Math.abs(gain) < 1e-9 ? "0" : signed(gain));
  }
  let last = -Infinity;
  for (const value of roundCosts(scale.left, scale.right)) {
    const x = scale.x(value);
    if (x - last < 44) continue;
    last = x;
    yield svg("text", { class: "tick", x: x.toFixed(1), y: ROOM.height - ROOM.bottom + 17, "text-anchor": "middle" }, short(value));
  }
  yield svg("text", { class: "tick", x: width - ROOM.right, y: ROOM.height - 4, "text-anchor": "end" }, `${COSTS[cost][0]} (logarithmic)`);
}
function ticksBetween(low, high, wanted) {
  const step = roundUp((high - low) / wanted);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high; i += 1) found.push(i * step);
  return found;
}
function roundCosts(left, right) {
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(left)); power <= right; power *= 10) {
    for (const m of right / left < 4 ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8] : [1, 2, 5]) if (m * power >= left && m * power <= right) found.push(m * power);
  }
  return found;
}
